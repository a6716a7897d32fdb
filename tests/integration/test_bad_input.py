"""Bad input: one clear line, the right exit code, nothing left behind."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemon import UNPRIVILEGED, K3c, free_port, until
from tests.integration.registry import Registry


@pytest.fixture(autouse=True)
def nothing_is_left(k3c: K3c) -> Iterator[None]:
    """No test here leaves a container, sandbox, volume or image of its own."""
    images = k3c.images()
    yield
    assert [name for name in k3c.names() if name != "holder"] == []
    # The pod of what removes itself goes after the answer.
    until(
        lambda: {one["metadata"]["name"] for one in k3c.crictl("pods", "-o", "json")["items"]} <= {"holder"}
    )
    assert k3c.ok("volume", "ls", "-q") == ""
    assert k3c.images() == images


def test_unknown_image(k3c: K3c) -> None:
    assert k3c.fails("run", "--pull", "never", "no/such", code=125) == "k3c: no such image: no/such"
    assert k3c.fails("rmi", "no/such") == "k3c: no such image: no/such"
    assert k3c.fails("tag", "no/such", "other") == "k3c: no such image: no/such"
    assert k3c.fails("push", "no/such") == "k3c: no such image: docker.io/no/such:latest"


@pytest.mark.parametrize(
    "reference", ["docker.io/Upper", "a//b", "a:b:c", "x@sha256:12", "-", "busybox:-bad"]
)
def test_malformed_reference(k3c: K3c, reference: str) -> None:
    line = k3c.fails("pull", "--", reference)
    assert line.startswith(f"k3c: invalid image reference '{reference}': ")
    assert k3c.fails("tag", "busybox", "--", reference).startswith("k3c: invalid image reference")


def test_empty_strings(k3c: K3c) -> None:
    assert "it must not be empty" in k3c.fails("run", "", code=125)
    for verb in ("stop", "rm", "logs"):
        assert k3c.fails(verb, "") == "k3c: invalid container '': it must not be empty"
    assert "it must not be empty" in k3c.fails("rmi", "")


def test_name_in_use(k3c: K3c) -> None:
    holder = k3c.ok("run", "-d", "--name", "holder", "busybox", "sleep", "100")
    line = k3c.fails("run", "-v", "/data", "--name", "holder", "busybox", "true", code=125)
    assert line == (
        f"k3c: the name 'holder' is already in use by container {holder[:12]}: remove or rename that container"
    )


@pytest.mark.parametrize("name", ["-x", "a", "sp ace", "ä", "../up"])
def test_bad_name(k3c: K3c, name: str) -> None:
    assert "container name" in k3c.fails("run", f"--name={name}", "busybox", "true", code=125)


def test_unknown_container(k3c: K3c) -> None:
    for verb in ("stop", "rm", "logs", "start", "kill"):
        assert k3c.fails(verb, "nobody") == "k3c: no such container: nobody"


def test_ambiguous_prefix(k3c: K3c) -> None:
    ids: list[str] = []
    while len(ids) == len({one[0] for one in ids}):
        ids.append(k3c.ok("create", "busybox"))
    prefix = next(one[0] for one in ids if [other[0] for other in ids].count(one[0]) > 1)
    line = k3c.fails("rm", prefix)
    assert line.startswith(f"k3c: container '{prefix}' is ambiguous, it may be ")
    k3c.ok("rm", *ids)


def test_port_held_by_a_container(k3c: K3c) -> None:
    port = str(free_port())
    k3c.ok("run", "-d", "--name", "holder", "-p", f"{port}:80", "busybox", "sleep", "100")
    line = k3c.fails("run", "-p", f"0.0.0.0:{port}:80", "busybox", "true", code=125)
    assert line == (
        f'k3c: port 0.0.0.0:{port}/tcp is already allocated (container "holder"): '
        "stop that one, or publish another port"
    )


def test_port_held_by_a_process(k3c: K3c) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        publish = ("-p", f"{port}:80")
        line = k3c.fails("run", "--name", "refused", *publish, "busybox", "true", code=125)
        assert line.startswith(f"k3c: port 127.0.0.1:{port}/tcp is already allocated (")
        assert f"(pid {os.getpid()})" in line
        k3c.ok("run", "-d", "--name", "kept", "busybox", "sh", "-c", "echo kept > /file; exec sleep 100")
        done = k3c("update", *publish, "kept")
    assert (done.returncode, f"(pid {os.getpid()})" in done.stderr) == (1, True)
    assert k3c.ok("exec", "kept", "cat", "/file") == "kept"
    told = k3c.ok("events", "--since", "5m", "--until", "0s", "--format", "{{.Name}} {{.Action}}")
    assert [line for line in told.splitlines() if line.startswith("refused")] == []
    assert "kept stop" not in told
    k3c.ok("rm", "-f", "kept")


@pytest.mark.parametrize("port", ["", "0", "70000", "a", "3-1:1", "1.2.3:4:5", "1:2:3:4", "80/icmp"])
def test_bad_port(k3c: K3c, port: str) -> None:
    assert k3c.fails("run", f"--publish={port}", "busybox", "true", code=125).startswith(
        "k3c: invalid published port"
    )


def test_missing_mount_source(k3c: K3c, tmp_path: Path) -> None:
    line = k3c.fails("run", "-v", f"{tmp_path}/none:/x", "-v", "/anonymous", "busybox", "true", code=125)
    assert line == f"k3c: the mount source {tmp_path}/none does not exist: create it first"


def test_removing_what_runs_or_is_used(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "holder", "-v", "used:/x", "busybox", "sleep", "100")
    assert "is running: stop it first" in k3c.fails("rm", "holder")
    assert k3c.fails("volume", "rm", "used") == (
        "k3c: volume used is in use by container 'holder': remove that container first"
    )
    assert "in use by container 'holder'" in k3c.fails("rmi", "busybox")
    k3c.ok("rm", "-f", "holder")
    k3c.ok("volume", "rm", "used")


def test_dockerfile_with_a_syntax_error(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN true\nCOPPY a b\n")
    done = k3c("build", "--progress", "quiet", "-t", "never", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Dockerfile:3: " in done.stderr.splitlines()[0]
    assert "COPPY" in done.stderr


def test_a_failing_step(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN echo before && exit 3\n")
    done = k3c("build", "-t", "never", str(tmp_path))
    assert done.returncode == 1
    assert "before" in done.stderr
    assert "Dockerfile:2" in done.stderr


def test_missing_context_and_dockerfile(k3c: K3c, tmp_path: Path) -> None:
    assert "no such directory" in k3c.fails("build", str(tmp_path / "none"))
    assert "no such file" in k3c.fails("build", str(tmp_path))


def test_registry_down(k3c: K3c) -> None:
    name = f"127.0.0.1:{free_port()}/x"
    assert "does not answer" in k3c.fails("pull", "-q", name)
    k3c.ok("tag", "busybox", name)
    assert "does not answer" in k3c.fails("push", "-q", name)
    k3c.ok("rmi", name)


def test_registry_wants_credentials(k3c: K3c, locked_registry: Registry, tmp_path: Path) -> None:
    name = f"{locked_registry.address}/x:1"
    k3c.ok("tag", "busybox", name)
    line = k3c.fails("push", "-q", name)
    assert line.startswith(f"k3c: registry {locked_registry.address} refuses access (401)")
    (tmp_path / "config.json").write_text(_login(locked_registry, "wrong"))
    knowing = K3c(k3c.daemon, {"DOCKER_CONFIG": str(tmp_path)})
    assert "(401)" in knowing.fails("push", "-q", name)
    (tmp_path / "config.json").write_text(_login(locked_registry, "hunter2"))
    assert knowing.ok("push", "-q", name) == name
    k3c.ok("rmi", name)
    assert "(401)" in k3c.fails("pull", "-q", name)
    assert knowing.ok("pull", "-q", name) == name
    k3c.ok("rmi", name)
    assert "hunter2" not in k3c.daemon.log.read_text()


def _login(registry: Registry, password: str) -> str:
    import base64
    import json

    auth = base64.b64encode(f"tester:{password}".encode()).decode()
    return json.dumps({"auths": {registry.address: {"auth": auth}}})


def test_daemon_not_running(k3c: K3c, tmp_path: Path) -> None:
    line = k3c.fails("-H", f"unix://{tmp_path}/none.sock", "ps")
    assert line == (
        f"k3c: cannot connect to the k3c daemon at unix://{tmp_path}/none.sock; is it running? "
        "Start it with `k3c daemon` (as root)"
    )
    assert k3c("-H", f"unix://{tmp_path}/none.sock", "run", "busybox").returncode == 125


def test_permission_denied_on_the_socket(k3c: K3c) -> None:
    command = [*UNPRIVILEGED, k3c.program, "ps"]
    done = subprocess.run(command, env=k3c.env, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 1, done.stderr
    assert done.stderr == (
        f"k3c: permission denied on {k3c.daemon.socket}: you must be in the group 'root', or root\n"
    )


@pytest.mark.parametrize(
    "arguments", [["ps", "--bogus"], ["nonsense"], ["stop", "-t", "soon", "x"], ["tag", "one"]]
)
def test_wrong_usage(k3c: K3c, arguments: list[str]) -> None:
    assert "see `k3c help" in k3c.fails(*arguments, code=2)


def test_a_mistyped_command_suggests_the_nearest(k3c: K3c) -> None:
    assert 'Did you mean "images"?' in k3c.fails("imagse", code=2)
