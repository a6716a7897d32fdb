"""Flags of `run`, each seen from inside the container."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.daemon import K3c, fetch, free_port, until


def test_rm_removes_the_container_and_its_anonymous_volumes(k3c: K3c) -> None:
    assert k3c.ok("run", "--rm", "--name", "gone", "-v", "/data", "busybox", "touch", "/data/x") == ""
    assert k3c.ok("ps", "-aq") == ""
    assert k3c.ok("volume", "ls", "-q") == ""


def test_the_name_is_free_as_soon_as_run_rm_returns(k3c: K3c) -> None:
    for _ in range(3):
        assert k3c.ok("run", "--rm", "--name", "again", "busybox", "hostname") == "again"


def test_detached_rm_removes_after_the_end(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--rm", "busybox", "true")
    until(lambda: k3c.ok("ps", "-aq") == "")


def test_environment(k3c: K3c, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# a comment\nFROM_FILE=a b\nFROM_HOST\nNOT_THERE\n\nOVER=file\n")
    cli = K3c(k3c.daemon, {"FROM_HOST": "host"})
    out = cli.ok(
        "run",
        "--rm",
        "--env-file",
        str(file),
        "-e",
        "OVER=flag",
        "-eX=1=2",
        "-e",
        "FROM_HOST",
        "busybox",
        "env",
    )
    got = dict(line.partition("=")[::2] for line in out.splitlines())
    assert got["FROM_FILE"] == "a b"
    assert got["FROM_HOST"] == "host"
    assert got["OVER"] == "flag"
    assert got["X"] == "1=2"
    assert got["FROM_IMAGE"] == "yes"
    assert "NOT_THERE" not in got


def test_a_variable_that_the_host_does_not_have_is_taken_away(k3c: K3c) -> None:
    asked = "echo ${FROM_IMAGE-unset}"
    assert k3c.ok("run", "--rm", "-e", "FROM_IMAGE", "busybox", "sh", "-c", asked) == "unset"
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    assert k3c.ok("exec", "-e", "FROM_IMAGE", "there", "sh", "-c", asked) == "unset"
    assert k3c.ok("exec", "there", "sh", "-c", asked) == "yes"


def test_env_files_of_other_systems(k3c: K3c, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_bytes(b"\xef\xbb\xbfFIRST=1\r\n\r\n# note\r\n  SECOND=b c \r\nTHIRD=\x0bx\r\n")
    out = k3c.ok(
        "run", "--rm", "--env-file", str(file), "busybox", "sh", "-c", 'echo "$FIRST|$SECOND|"; echo "$THIRD"'
    )
    assert out == "1|b c |\n\x0bx"


@pytest.mark.parametrize("line", ["export Z=1", "A B", "=x", "A =1"])
def test_a_line_of_an_env_file_that_is_no_variable(k3c: K3c, tmp_path: Path, line: str) -> None:
    file = tmp_path / "env"
    file.write_text(f"GOOD=1\n{line}\n")
    said = k3c.fails("run", "--rm", "--env-file", str(file), "busybox", "env", code=125)
    assert said.startswith(f"k3c: invalid env file '{file}': line 2 ")


def test_what_is_mounted_within_a_tmpfs(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    k3c.ok("run", "--rm", "-v", "data:/d", "busybox", "sh", "-c", "echo kept > /d/f")
    within = ("-v", f"{tmp_path}:/a/c/d", "-v", "data:/a/b", "--tmpfs", "/a", "--tmpfs", "/a/b/t")
    read = "cat /a/b/f /a/c/d/file; grep -c ' /a.* tmpfs' /proc/mounts"
    assert k3c.ok("run", "--rm", *within, "busybox", "sh", "-c", read).split() == ["kept", "here2"]


def test_workdir_user_entrypoint_label(k3c: K3c) -> None:
    assert k3c.ok("run", "--rm", "-w", "/tmp", "busybox", "pwd") == "/tmp"
    assert k3c.ok("run", "--rm", "-u", "1000:1000", "busybox", "id", "-u") == "1000"
    assert k3c.ok("run", "--rm", "-u", "app", "busybox", "id", "-un") == "app"
    assert k3c.ok("run", "--rm", "--entrypoint", "/bin/echo", "busybox", "hello") == "hello"
    k3c.ok("run", "-d", "--name", "labelled", "-l", "tier=web", "busybox", "sleep", "100")
    pods = k3c.crictl("ps", "-o", "json", "--label", "tier=web")
    assert len(pods["containers"]) == 1


def test_options_end_at_the_image(k3c: K3c) -> None:
    assert k3c.ok("run", "--rm", "busybox", "sh", "-c", "echo [$0 $1]", "-e", "--help") == "[-e --help]"


def test_bind_mount_and_read_only(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("from the host\n")
    assert k3c.ok("run", "--rm", "-v", f"{tmp_path}:/host", "busybox", "cat", "/host/file") == "from the host"
    k3c.ok("run", "--rm", "-v", f"{tmp_path}:/host", "busybox", "sh", "-c", "echo back > /host/answer")
    assert (tmp_path / "answer").read_text() == "back\n"
    denied = k3c("run", "--rm", "-v", f"{tmp_path}:/host:ro", "busybox", "touch", "/host/no")
    assert denied.returncode == 1
    assert "Read-only" in denied.stderr


def test_relative_bind_mount_is_the_callers(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("yes\n")
    command = ["run", "--rm", "-v", "./here:/there", "busybox", "cat", "/there"]
    done = subprocess.run([k3c.program, *command], cwd=tmp_path, env=k3c.env, capture_output=True, check=True)
    assert done.stdout == b"yes\n"


def test_a_named_volume_outlives_its_containers(k3c: K3c) -> None:
    k3c.ok("run", "--rm", "-v", "kept:/data", "busybox", "sh", "-c", "echo 42 > /data/answer")
    assert k3c.ok("run", "--rm", "-v", "kept:/data", "busybox", "cat", "/data/answer") == "42"
    assert k3c.ok("volume", "ls", "-q") == "kept"


@pytest.mark.parametrize("address", ["", "127.0.0.1:", "0.0.0.0:"])
def test_publish(k3c: K3c, address: str) -> None:
    port = free_port()
    k3c.ok(
        "run", "-d", "--name", "web", "-p", f"{address}{port}:80", "busybox",
        "sh", "-c", "mkdir /www && echo hello > /www/index.html && exec httpd -f -p 80 -h /www",
    )  # fmt: skip
    assert fetch(f"http://127.0.0.1:{port}/") == "hello"
    assert f"{address or '127.0.0.1:'}{port}->80/tcp" in k3c.ok("ps")
    k3c.ok("rm", "-f", "web")


def test_publish_at_a_random_port(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "one", "-p", "80", "busybox", "sleep", "100")
    k3c.ok("run", "-d", "--name", "two", "-p", "80", "busybox", "sleep", "100")
    ports = {line.split("127.0.0.1:")[1].split("->")[0] for line in k3c.ok("ps").splitlines()[1:]}
    assert len(ports) == 2


def test_containers_reach_the_outside_and_each_other(k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "server",
        "busybox",
        "sh",
        "-c",
        "echo there > /tmp/index.html; httpd -f -h /tmp",
    )
    inside = k3c.address_of("server")
    assert k3c.ok("run", "--rm", "busybox", "wget", "-qO-", f"http://{inside}/") == "there"
