"""The daemon: what it refuses, what it serves, what it survives, what it leaves."""

from __future__ import annotations

import json
import os
import secrets
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.k3c.v1 import container_pb2_grpc
from tests.integration.conftest import build_busybox
from tests.integration.daemon import UNPRIVILEGED, Daemon, K3c, until


def refusal(command: list[str], cwd: str | None = None) -> str:
    """The one line of a daemon that does not start."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)
    assert done.returncode == 1, done.stderr
    lines: list[str] = done.stderr.splitlines()
    assert (done.stdout, len(lines)) == ("", 1), done.stderr
    assert lines[0].startswith("k3c: ")
    return lines[0]


@pytest.fixture
def other(workspace: Path) -> Iterator[Daemon]:
    """A daemon that is not started."""
    made = Daemon.make(workspace / f"o{secrets.token_hex(3)}")
    yield made
    assert not made.socket.exists()


def test_not_root(other: Daemon) -> None:
    assert "root" in refusal([*UNPRIVILEGED, *other.command()], cwd="/")


def test_a_root_that_is_in_use(daemon: Daemon, other: Daemon) -> None:
    line = refusal(other.command("--root", str(daemon.root)))
    assert f"another daemon (pid {daemon.pid}) uses it" in line


def test_a_socket_that_is_in_use(daemon: Daemon, other: Daemon) -> None:
    assert str(daemon.socket) in refusal(other.command("--address", daemon.address))


def test_a_range_that_is_routed(k3c: K3c, daemon: Daemon, other: Daemon) -> None:
    k3c.ok("run", "--rm", "busybox", "true")  # from now on the bridge is there
    line = refusal(other.command("--bridge-cidr", daemon.gateway.rpartition(".")[0] + ".0/25"))
    assert "overlaps the route" in line


def test_a_program_that_is_missing(other: Daemon) -> None:
    other.config.write_text(other.config_text + f'binaries = "{other.folder}"\n')
    line = refusal(other.command())
    assert f"{other.folder}/containerd" in line
    assert "missing" in line


@pytest.mark.parametrize(
    ("text", "named"), [("colour = 1\n", "colour"), ("root = 3\n", "root"), ("x", "config.toml")]
)
def test_a_bad_config_file(other: Daemon, text: str, named: str) -> None:
    other.config.write_text(text)
    assert named in refusal(other.command())


def test_who_may_use_the_socket(daemon: Daemon) -> None:
    status = daemon.socket.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (0o660, 0, 0)
    assert stat.S_IMODE(daemon.state.stat().st_mode) == 0o750


async def test_health_and_reflection(daemon: Daemon) -> None:
    async with grpc.aio.insecure_channel(daemon.address) as channel:
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert health.status == health_pb2.HealthCheckResponse.SERVING
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        answers = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]))
        async for answer in answers:
            names = {service.name for service in answer.list_services_response.service}
            break
    assert {"k3c.v1.ContainerService", "k3c.v1.ImageService", "grpc.health.v1.Health"} <= names


async def test_a_request_id_is_in_every_line_of_a_call(daemon: Daemon) -> None:
    async with grpc.aio.insecure_channel(daemon.address) as channel:
        stub = container_pb2_grpc.ContainerServiceStub(channel)
        await stub.List(pb.ListContainersRequest(), metadata=(("x-request-id", "find-me"),))
    lines = [line for line in daemon.log.read_text().splitlines() if "request=find-me" in line]
    assert [("called" in line, "answered" in line) for line in lines] == [(True, False), (False, True)]


def test_values_of_environment_variables_are_not_logged(k3c: K3c, daemon: Daemon) -> None:
    assert k3c.ok("run", "--rm", "-e", "TOKEN=ab9bc8", "busybox", "sh", "-c", "echo $TOKEN") == "ab9bc8"
    k3c.fails("run", "--rm", "-e", "TOKEN=ab9bc8", "-p", "1-2:3-9", "busybox", code=125)
    logs = [daemon.log, *(daemon.root / "logs").glob("*.log")]
    assert [log.name for log in logs if "ab9bc8" in log.read_text()] == []


KEPT = {"config.toml", "daemon.log", "pods"}  # the folder of logs is a kubelet's too


@pytest.fixture(scope="module")
def own(workspace: Path) -> Iterator[Daemon]:
    """A daemon to end and to kill."""
    running = Daemon.make(workspace / "own")
    running.start()
    build_busybox(K3c(running), workspace / "own-busybox")
    yield running
    running.stop()
    running.purge()
    left = {
        "mounts": [
            line
            for line in Path("/proc/self/mountinfo").read_text().splitlines()
            if str(running.folder) in line
        ],
        "rules": [line for line in _output("iptables-save").splitlines() if running.bridge in line],
        "links": [line for line in _output("ip", "-br", "link").splitlines() if running.bridge in line],
        "processes": [
            line for line in _output("ps", "-eo", "args").splitlines() if str(running.folder) in line
        ],
        "cgroups": [
            str(path)
            for cgroup in (running.bridge, f"*/{running.bridge}")  # v2's one tree, v1's hierarchies
            for path in Path("/sys/fs/cgroup").glob(cgroup)
        ],
        "files": [path.name for path in running.folder.iterdir() if path.name not in KEPT],
        "logs": list((running.folder / "pods").iterdir()),
    }
    assert {what: found for what, found in left.items() if found} == {}


def test_an_interrupt_while_it_starts(other: Daemon) -> None:
    for seconds in (0.1, 0.4, 0.6, 0.8):
        with subprocess.Popen(
            other.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(seconds)  # the moment does not matter, whatever it meets
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(30) in {0, 130, -signal.SIGINT}
            finally:
                process.kill()
        until(lambda: str(other.folder) not in _output("ps", "-eo", "args"))
    other.purge()


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _pid(own: Daemon, program: str) -> int:
    """The process of an embedded program, 0 while it is being started anew."""
    try:
        return int(json.loads((own.state / f"{program}.pid").read_text())["pid"])
    except FileNotFoundError:
        return 0


def _all_dead(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_containers_outlive_the_daemon(own: Daemon) -> None:
    k3c = K3c(own)
    k3c.ok("run", "-d", "--name", "alive", "busybox", "sh", "-c", "echo early; sleep 1000")
    for number in (signal.SIGTERM, signal.SIGKILL):
        programs = [
            json.loads((own.state / f"{name}.pid").read_text())["pid"] for name in ("containerd", "buildkitd")
        ]
        own.stop(number)
        until(partial(_all_dead, programs))
        own.start()
        assert "Up " in k3c.ok("ps")
    assert k3c.ok("logs", "alive") == "early"
    k3c.ok("stop", "-t", "0", "alive")
    assert "Exited (137)" in k3c.ok("ps", "-a")
    k3c.ok("start", "alive")
    k3c.ok("rm", "-f", "alive")


def test_one_that_removes_itself_and_ends_while_the_daemon_is_away(own: Daemon) -> None:
    k3c = K3c(own)
    k3c.ok("run", "-d", "--rm", "--name", "brief", "-v", "/x", "busybox", "sleep", "4321")
    (pid,) = [
        int(line.split()[0])
        for line in _output("ps", "-eo", "pid,args").splitlines()
        if line.endswith(" sleep 4321")
    ]
    own.stop()
    os.kill(pid, signal.SIGKILL)
    own.start()
    until(lambda: k3c.ok("ps", "-aq") == "")
    assert k3c.ok("volume", "ls", "-q") == ""


@pytest.mark.parametrize("program", ["containerd", "buildkitd"])
def test_an_embedded_program_that_dies_is_started_again(own: Daemon, program: str) -> None:
    k3c = K3c(own)
    k3c.ok("run", "-d", "--name", "alive", "busybox", "sleep", "1000")
    pid = json.loads((own.state / f"{program}.pid").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: _pid(own, program) not in {0, pid})
    until(lambda: k3c("version").stdout.count("unavailable") == 0 and "Up " in k3c("ps").stdout)
    assert k3c.ok("run", "--rm", "busybox", "echo", "again") == "again"
    k3c.ok("rm", "-f", "alive")


def test_a_runtime_and_a_builder_that_are_there_already(
    daemon: Daemon, k3c: K3c, workspace: Path, tmp_path: Path
) -> None:
    addresses = f'address = "unix://{daemon.state}/containerd.sock"\n[builder]\naddress = "unix://{daemon.state}/buildkitd.sock"\n'
    outside = Daemon.make(workspace / "outside", config=addresses)
    outside.start()
    try:
        guest = K3c(outside)
        assert guest.ok("ps", "-aq") == ""
        assert guest("run", "--rm", "busybox", "sh", "-c", "echo guest; exit 7").returncode == 7
        (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN echo built > /file\n")
        guest.ok("build", "-t", "guest", str(tmp_path))
        assert guest.ok("run", "--rm", "guest", "cat", "/file") == "built"
        guest.ok("run", "-d", "--name", "guest", "busybox", "sleep", "1000")
        assert k3c.ok("ps", "-aq") == ""
    finally:
        outside.stop()
        outside.purge()
    pods = [pod["metadata"]["name"] for pod in k3c.crictl("pods", "-o", "json")["items"]]
    assert "guest" not in pods
    assert "busybox" in k3c.ok("images")


def test_without_overlayfs(other: Daemon, tmp_path: Path) -> None:
    other.config.write_text(other.config_text + 'snapshotter = "native"\n')
    other.start()
    try:
        k3c = K3c(other)
        build_busybox(k3c, tmp_path / "busybox")
        assert k3c.ok("run", "--rm", "busybox", "echo", "native") == "native"
        assert "native" in k3c.ok("info")
    finally:
        other.stop()
        other.purge()
