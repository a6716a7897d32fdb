"""`inspect --format run`: the line, run by a shell, makes a container that inspect cannot tell from the first."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.console import on_terminal
from tests.integration.daemon import K3c, free_port

_SLEEP = ("busybox", "sleep", "1000")


def looks(k3c: K3c) -> dict[str, Any]:
    """What inspect tells of the container `first` that is not of its one life."""
    (shape,) = json.loads(k3c.ok("inspect", "first"))
    kept = {key: shape[key] for key in ("Name", "HostConfig", "Config", "Path", "Args")}
    mounts = sorted(shape["Mounts"], key=lambda mount: str(mount["Destination"]))
    for mount in mounts:
        if mount["Destination"] in kept["Config"]["Volumes"]:  # its name is made up
            mount["Name"] = mount["Source"] = ""
    return kept | {"Mounts": mounts}


def by_shell(k3c: K3c, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line by a shell that finds k3c where the tests have it."""
    return subprocess.run(
        ["sh", "-c", f"{line}\n"],
        env=k3c.env | {"PATH": f"{Path(k3c.program).parent}:{k3c.env['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def made_again(k3c: K3c) -> str:
    """Remove the container `first`, and run its line; both must look the same. Returns the line."""
    before, line = looks(k3c), k3c.ok("inspect", "--format", "run", "first")
    k3c.ok("rm", "-f", "-v", "first")
    done = by_shell(k3c, line)
    assert done.returncode == 0, f"{line}: {done.stderr}"
    assert looks(k3c) == before
    assert k3c.ok("inspect", "--format", "run", "first") == line
    return line


def test_ports(k3c: K3c) -> None:
    first = free_port()
    one, two, udp, every = range(first + 8, first + 12)
    flags = (
        *("-p", "80", "-p", f"{one}:81", "-p", f"0.0.0.0:{every}:82/tcp", "-p", f"127.0.0.1:{udp}:53/udp"),
        *(
            "-p",
            f"[::1]:{two}:83",
            "-p",
            f"{first}-{first + 4}:90",
            "-p",
            f"{first + 5}-{first + 7}:95-97/udp",
        ),
        *("-p", f"127.0.0.1:{udp}:53"),
    )
    k3c.ok("create", "--name", "first", *flags, "busybox", "true")
    bindings = looks(k3c)["HostConfig"]["PortBindings"]
    assert bindings["80/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": ""}]
    assert bindings["82/tcp"] == [{"HostIp": "0.0.0.0", "HostPort": str(every)}]
    assert bindings["83/tcp"] == [{"HostIp": "::1", "HostPort": str(two)}]
    assert bindings["90/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": f"{first}-{first + 4}"}]
    assert bindings["96/udp"] == [{"HostIp": "127.0.0.1", "HostPort": str(first + 6)}]
    made_again(k3c)


def test_all_exposed_ports(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nEXPOSE 80 53/udp\nVOLUME /kept\n")
    k3c.ok("build", "-q", "-t", "exposing", str(tmp_path))
    k3c.ok("create", "--name", "first", "-P", "exposing", "true")
    assert looks(k3c)["HostConfig"]["PublishAllPorts"] is True
    assert looks(k3c)["Config"]["Volumes"] == {"/kept": {}}
    made_again(k3c)


@pytest.mark.parametrize("flags", [("-t",), ("-i", "-t")])
def test_terminals(k3c: K3c, flags: tuple[str, ...]) -> None:
    k3c.ok("create", "--name", "first", *flags, "busybox", "sh", "-c", "test -t 1 && exit 3")
    before, line = looks(k3c), k3c.ok("inspect", "--format", "run", "first")
    assert before["Config"]["Tty"] is True
    k3c.ok("rm", "first")
    assert "not a terminal" in by_shell(k3c, line).stderr
    env = k3c.env | {"PATH": f"{Path(k3c.program).parent}:{k3c.env['PATH']}"}
    with on_terminal(["sh", "-c", line], env, rows=24, columns=80) as screen:
        assert screen.end() == 3
    assert looks(k3c) == before


def test_a_terminal_that_nobody_is_at(k3c: K3c) -> None:
    k3c.ok("run", "-d", "-i", "-t", "--name", "first", *_SLEEP)
    line = made_again(k3c)
    assert {"--detach", "--tty", "--interactive"} <= set(shlex.split(line))


def test_devices_namespaces_and_times(k3c: K3c) -> None:
    flags = (
        *("--device", "/dev/full:/dev/brimful:r", "--device", "/dev/null", "--device", "/dev/zero:rw"),
        *("--pid", "host", "--ipc", "host", "--stop-timeout", "0", "--oom-score-adj", "0"),
        *("--health-cmd", "true '$HOME'", "--health-interval", "1.2345678s", "--health-timeout", "1ms"),
    )
    k3c.ok("create", "--name", "first", *flags, "busybox", "sh", "-c", "ls -l /dev/brimful")
    shape = looks(k3c)
    assert [device["CgroupPermissions"] for device in shape["HostConfig"]["Devices"]] == ["r", "rwm", "rw"]
    assert (shape["HostConfig"]["PidMode"], shape["Config"]["StopTimeout"]) == ("host", 0)
    assert shape["Config"]["Healthcheck"]["Interval"] == 1_234_567_800
    assert "--stop-timeout=0" in made_again(k3c)


def test_mounts(k3c: K3c, tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s "odd", a=b'
    odd.mkdir()
    flags = (
        *("--mount", f"type=bind,src={tmp_path},dst=/a,readonly,bind-propagation=rprivate"),
        *("--mount", "type=volume,src=named,dst=/b,volume-nocopy", "--mount", "type=volume,dst=/c"),
        *("--mount", "type=tmpfs,dst=/d,tmpfs-size=1m,tmpfs-mode=1770,readonly"),
        *("--mount", "type=tmpfs,dst=/e,tmpfs-size=2m"),
        *("-v", f"{odd}:/f 'g', \"h\":ro", "-v", "named:/i:ro", "-v", "/j"),
        *("--tmpfs", "/k:size=1m,mode=1770,exec,uid=3", "--tmpfs", "/l", "--tmpfs", "/m:ro"),
    )
    k3c.ok("create", "--name", "first", *flags, "busybox", "mount")
    shape = looks(k3c)
    assert shape["HostConfig"]["Tmpfs"]["/k"] == "size=1m,mode=1770,exec,uid=3"
    assert shape["Config"]["Volumes"] == {"/c": {}, "/j": {}}
    assert all(not bind.endswith((":/c", ":/j")) for bind in shape["HostConfig"]["Binds"])
    made_again(k3c)
    mounted = {line.split()[2]: line for line in k3c.ok("logs", "first").splitlines()}
    assert "size=1024k" in mounted["/k"]
    assert "noexec" not in mounted["/k"]
    assert "(ro," in mounted["/d"]
    assert "mode=1770" in mounted["/d"]


@pytest.mark.parametrize(
    "flags",
    [
        ("--entrypoint", "/bin/echo", "busybox", "a", "b  c", "$HOME", "`id`", "it's", '"'),
        ("--entrypoint", "", "busybox", "echo", "-n", "--rm", ""),
        ("-e", 'A=it\'s "$HOME"\nand `more`', "-e", "B=", "-e", "FROM_IMAGE", "busybox", "env"),
        ("-l", "l=a  b", "-l", "m", "-l", "n='", "-w", "/a b", "busybox", "pwd"),
        (
            "-m",
            "64m",
            "--memory-swap",
            "-1",
            "--cpus",
            "0.5",
            "-c",
            "100",
            "--cpuset-mems",
            "0",
            "busybox",
            "true",
        ),
        ("--annotation", "a=b c", "--runtime", "runc", "--group-add", "5", "busybox", "id"),
        ("--rm=false", "--restart", "on-failure:2", "--no-healthcheck", "--net", "none", "busybox", "true"),
    ],
    ids=lambda flags: flags[0] + flags[1][:12].replace("/", "-"),
)
def test_words_and_limits(k3c: K3c, flags: tuple[str, ...]) -> None:
    k3c.ok("create", "--name", "first", *flags)
    made_again(k3c)
