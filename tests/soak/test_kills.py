"""Random kills of all that k3c runs: nothing is left behind, and exit codes and last words are known."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.containerd.leftovers import cgroups
from adapters.containerd.leftovers.processes import shims
from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c, until

pytest_plugins = ("tests.integration.conftest",)
pytestmark = pytest.mark.timeout(3600)

KILLS = 30
SWEEPS = 90  # seconds: what is left is removed when it is found twice, half a minute apart
UNKNOWN_MOST = 4  # lives that end while containerd starts, or whose last words it had read and not written


@pytest.fixture(scope="module")
def cli(workspace: Path) -> Iterator[K3c]:
    """The CLI on a daemon to kill."""
    daemon = Daemon.make(workspace / "kills")
    daemon.start()
    cli = K3c(daemon)
    build_busybox(cli, workspace / "kills-busybox")
    yield cli
    daemon.stop()
    daemon.purge()


def processes(daemon: Daemon, program: str) -> list[int]:
    """The processes of a program that belong to a daemon."""
    if program == "daemon":
        return [daemon.pid]
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            arguments = path.read_bytes().decode(errors="replace").split("\0")
            mine = any(str(daemon.state) in argument for argument in arguments)
            if mine and re.fullmatch(program, Path(arguments[0]).name):
                found.append(int(path.parent.name))
    return found


def kill(daemon: Daemon, program: str) -> None:
    """Kill one process of a program, and start the daemon again if it was the daemon."""
    for pid in random.sample(found := processes(daemon, program), min(1, len(found))):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if program == "daemon":
        daemon.stop(signal.SIGKILL)
        daemon.socket.unlink(missing_ok=True)
        daemon.start()


def left(cli: K3c) -> list[str]:
    """What there is still of containers and sandboxes."""
    state = cli.daemon.state
    places = [
        *(path for parent in cgroups.folders(f"/k3t{cli.daemon.tag}") for path in parent.glob("?" * 64)),
        *(path for path in (state / "cni").glob("*/10.*") if len(path.read_text().split()[0]) == 64),
        *(state / "containerd").glob("io.containerd.grpc.v1.cri/netns/*"),
        *(state / "containerd").glob("io.containerd.runtime.v2.task/k8s.io/*"),
    ]
    return [*map(str, places), *map(str, shims(f"{state}/containerd.sock")), *cli.names()]


def test_nothing_is_left(cli: K3c) -> None:
    for _ in range(KILLS):
        seconds = random.choice(["0", "1", "3"])
        runs = [cli.start("run", "-d", "--rm", "busybox", "sleep", seconds) for _ in range(3)]
        time.sleep(random.random())
        kill(cli.daemon, random.choice(["daemon", "containerd", "containerd", "containerd-shim.*", "runc"]))
        for run in runs:
            run.communicate(timeout=120)
    until(lambda: cli("ps", "-a", "-q").returncode == 0, SWEEPS)
    until(lambda: left(cli) == [], SWEEPS)


def test_how_containers_ended_and_what_they_said_last_is_known(cli: K3c) -> None:
    begun = []
    for number in range(KILLS):
        script = f"sleep {random.random():.2f}; echo last; exit 7"
        run = cli.start("run", "-d", "--name", f"life-{number}", "busybox", "sh", "-c", script)
        run.communicate(timeout=120)
        if run.returncode == 0:
            begun.append(f"life-{number}")
        time.sleep(random.random() / 2)
        kill(cli.daemon, random.choice(["daemon", "containerd"]))
        until(lambda: cli("ps").returncode == 0, SWEEPS)
    until(lambda: cli.ok("ps", "-q") == "", SWEEPS)
    codes = {name: cli.ok("inspect", "-f", "{{.State.ExitCode}}", name) for name in begun}
    known = [name for name, code in codes.items() if code == "7" and cli.ok("logs", name) == "last"]
    assert set(codes.values()) <= {"7", "255"}
    assert len(begun) > KILLS // 2
    assert len(begun) - len(known) <= UNKNOWN_MOST
    cli.ok("rm", *begun)


def test_a_killed_command_line_leaves_no_container(cli: K3c) -> None:
    for _ in range(KILLS):
        run = cli.start("run", "--rm", "busybox", "sleep", "0.2")
        time.sleep(random.random() / 2)
        run.kill()
        with suppress(subprocess.TimeoutExpired):
            run.communicate(timeout=120)
    until(lambda: left(cli) == [], SWEEPS)
