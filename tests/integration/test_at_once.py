"""What a user wants now happens now, whatever else waits for the container."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemon import Daemon, K3c, until

DEAF = ("busybox", "sh", "-c", "trap 'echo asked' TERM; echo here; while :; do sleep 0.1; done")
LONG = "600"


def deaf(k3c: K3c, *flags: str) -> None:
    """Run a container named web that notes the stop signal and goes on."""
    k3c.ok("run", "-d", "--name", "web", *flags, *DEAF)
    until(lambda: k3c.ok("logs", "web") == "here")


def stopping(k3c: K3c) -> subprocess.Popen[bytes]:
    """A stop that waits for it, for ten minutes."""
    stop = k3c.start("stop", "-t", LONG, "web")
    until(lambda: "asked" in k3c.ok("logs", "web"))
    return stop


def ended(command: subprocess.Popen[bytes]) -> int:
    """The exit code of a command line that has nothing more to wait for."""
    command.communicate(timeout=60)
    return command.returncode


@pytest.mark.parametrize("flags", [(), ("--restart", "always"), ("--rm",), ("--init",)])
def test_rm_by_force_does_not_wait_for_a_stop(k3c: K3c, flags: tuple[str, ...]) -> None:
    deaf(k3c, *flags)
    stop = stopping(k3c)
    assert k3c.ok("rm", "-f", "web") == "web"
    assert ended(stop) == 0
    assert k3c.names() == []


def test_kill_does_not_wait_for_a_stop(k3c: K3c) -> None:
    deaf(k3c)
    stop = stopping(k3c)
    assert k3c.ok("kill", "web") == "web"
    assert ended(stop) == 0
    assert k3c.ok("wait", "web") == "137"


def test_rm_by_force_of_one_that_is_being_restarted(k3c: K3c) -> None:
    deaf(k3c)
    restart = k3c.start("restart", "-t", LONG, "web")
    until(lambda: "asked" in k3c.ok("logs", "web"))
    assert k3c.ok("rm", "-f", "web") == "web"
    ended(restart)
    assert k3c.names() == []


@pytest.fixture(scope="module")
def patient(workspace: Path, busybox_image: str) -> Iterator[K3c]:
    """The CLI on a daemon that waits long before it restarts a container for the second time."""
    daemon = Daemon.make(workspace / "p", config="[containers]\nrestart_backoff = 300\n")
    daemon.start()
    cli = K3c(daemon)
    cli.ok("build", "-t", "busybox", str(workspace / "busybox"))
    yield cli
    daemon.stop()
    daemon.purge()


@pytest.mark.parametrize("verb", [("stop",), ("kill",), ("rm", "-f")])
def test_who_waits_for_a_restart_that_is_called_off_is_told_at_once(
    patient: K3c, verb: tuple[str, ...]
) -> None:
    patient.ok(
        "run", "-d", "--name", "web", "--restart", "always", "busybox", "sh", "-c", "echo life; exit 3"
    )
    until(lambda: patient.ok("logs", "web") == "life\nlife" and "Restarting" in patient.ok("ps"))
    following = patient.start("logs", "-f", "web")
    waiting = patient.start("wait", "web")
    assert following.stdout is not None
    assert following.stdout.readline() == b"life\n"
    patient.ok(*verb, "web")
    assert ended(following) == 0
    output, _ = waiting.communicate(timeout=60)
    if verb[0] == "rm":
        assert waiting.returncode == 1
    else:
        assert output == b"3\n"
        patient.ok("rm", "web")
