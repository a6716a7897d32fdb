"""Restart policies and removal by themselves, also when the daemon or the CLI dies meanwhile."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemon import Daemon, K3c, until
from tests.integration.test_lifecycle import says, status


@pytest.fixture(scope="module")
def hasty(workspace: Path, busybox_image: str, k3c_images: Path) -> Iterator[Daemon]:
    """A daemon that waits little before it restarts a container."""
    daemon = Daemon.make(workspace / "h", config="[containers]\nrestart_backoff = 0.1\n")
    daemon.start()
    cli = K3c(daemon)
    cli.ok("build", "-t", "busybox", str(k3c_images))
    yield daemon
    daemon.stop()
    daemon.purge()


@pytest.fixture(scope="module")
def k3c_images(workspace: Path) -> Path:
    """The context that the shared busybox is built from."""
    return workspace / "busybox"


@pytest.fixture
def cli(hasty: Daemon) -> Iterator[K3c]:
    """The CLI on the hasty daemon."""
    cli = K3c(hasty)
    kept = cli.images()
    yield cli
    cli.remove_everything(but=kept)


def attempt(cli: K3c, name: str) -> int:
    """The number of the present life of a container."""
    pods = cli.crictl("pods", "--name", f"^{name}$", "-o", "json")["items"]
    return max((int(pod["metadata"].get("attempt", 0)) for pod in pods), default=0)


def again(hasty: Daemon, number: int = signal.SIGTERM) -> None:
    """End the daemon, and start it anew."""
    hasty.stop(number)
    hasty.socket.unlink(missing_ok=True)  # one that was killed leaves it
    hasty.start()


def test_the_first_restart_comes_at_once_and_the_next_after_a_pause(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "web", "--restart", "always", "busybox", "sh", "-c", "exit 3")
    until(lambda: attempt(k3c, "web") == 2 and status(k3c, "web").startswith("Restarting"))
    assert re.fullmatch(r"Restarting \(3\) (Less than a second|\d+ seconds?) ago", status(k3c, "web"))
    assert "web" in k3c.ok("ps")
    k3c.ok("stop", "web")
    assert status(k3c, "web").startswith("Exited (3) ")


def test_on_failure_tries_so_often_and_no_more(cli: K3c) -> None:
    cli.ok("run", "-d", "--name", "failing", "--restart", "on-failure:2", "busybox", "sh", "-c", "exit 3")
    cli.ok("run", "-d", "--name", "well", "--restart", "on-failure:2", "busybox", "sh", "-c", "sleep 0.1")
    until(lambda: attempt(cli, "failing") == 3 and status(cli, "failing").startswith("Exited (3)"))
    until(lambda: status(cli, "well").startswith("Exited (0)"))
    assert attempt(cli, "well") == 1


def test_always_goes_on_until_it_is_stopped(cli: K3c) -> None:
    cli.ok("run", "-d", "--name", "web", "--restart", "always", "busybox", "sh", "-c", "exit 0")
    until(lambda: attempt(cli, "web") >= 4)
    cli.ok("stop", "web")
    stopped_at = attempt(cli, "web")
    again(cli.daemon)
    until(lambda: attempt(cli, "web") > stopped_at)


def test_a_kill_ends_the_cycle_and_other_signals_do_not(cli: K3c) -> None:
    script = "trap 'exit 2' USR1; while :; do sleep 0.02; done"
    cli.ok(
        "run",
        "-d",
        "--name",
        "web",
        "--restart",
        "unless-stopped",
        "busybox",
        "sh",
        "-c",
        f"echo up; {script}",
    )
    says(cli, "web", "up")
    cli.ok("kill", "-s", "USR1", "web")
    until(lambda: attempt(cli, "web") == 2 and status(cli, "web").startswith("Up"))
    cli.ok("kill", "web")
    assert cli.ok("wait", "web") == "137"
    again(cli.daemon)
    assert status(cli, "web").startswith("Exited (137)")
    cli.ok("start", "web")
    assert status(cli, "web").startswith("Up")


def test_what_a_daemon_finds_when_it_comes_back(cli: K3c) -> None:
    """`always` and `unless-stopped` run again, stopped ones but for `always` and others do not."""
    policies = {"a": "always", "u": "unless-stopped", "n": "no"}
    for name, policy in policies.items():
        cli.ok("run", "-d", "--name", f"{name}-left", "--restart", policy, "busybox", "sleep", "1000")
        cli.ok("run", "-d", "--name", f"{name}-stopped", "--restart", policy, "busybox", "sleep", "1000")
    cli.ok("stop", "-t", "0", *(f"{name}-stopped" for name in policies))
    cli.daemon.stop()
    cli.daemon.start()
    until(lambda: status(cli, "a-stopped").startswith("Up"))
    up = {name for name in cli.names() if status(cli, name).startswith("Up")}
    assert up == {"a-left", "u-left", "n-left", "a-stopped"}


def test_what_ended_while_the_daemon_was_dead_is_restarted_and_counted(cli: K3c) -> None:
    cli.ok(
        "run", "-d", "--name", "web", "--restart", "on-failure:1", "busybox", "sh", "-c", "sleep 1; exit 3"
    )
    again(cli.daemon, signal.SIGKILL)
    until(lambda: attempt(cli, "web") == 2 and status(cli, "web").startswith("Exited (3)"))
    again(cli.daemon)
    cli.ok("ps")
    assert attempt(cli, "web") == 2


def test_rm_goes_with_no_restart(cli: K3c) -> None:
    line = cli.fails("run", "--rm", "--restart", "always", "busybox", "true", code=125)
    assert "conflicts with --rm" in line
    assert "restart policy 'never'" in cli.fails("run", "--restart", "never", "busybox", "true", code=125)
    assert cli.names() == []


def test_the_name_is_free_when_run_rm_returns(k3c: K3c) -> None:
    for _ in range(5):
        assert k3c.ok("run", "--rm", "--name", "web", "-v", "/data", "busybox", "echo", "hello") == "hello"
    until(lambda: k3c.crictl("pods", "-o", "json")["items"] == [])
    assert k3c.ok("volume", "ls", "-q") == ""
    assert not list((k3c.daemon.folder / "pods").glob("*"))


def test_rm_when_the_cli_died(k3c: K3c) -> None:
    running = k3c.start("run", "--rm", "--name", "web", "busybox", "sh", "-c", "echo up; sleep 1")
    assert running.stdout is not None
    assert running.stdout.readline() == b"up\n"
    running.kill()
    running.communicate()
    assert k3c.names() == ["web"]
    until(lambda: k3c.names() == [])
    until(lambda: k3c.crictl("pods", "-o", "json")["items"] == [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_rm_when_the_daemon_died(cli: K3c, number: int) -> None:
    cli.ok("run", "-d", "--rm", "--name", "web", "-v", "/data", "busybox", "sleep", "0.5")
    again(cli.daemon, number)
    until(lambda: cli.names() == [])
    until(lambda: cli.crictl("pods", "-o", "json")["items"] == [])
    assert cli.ok("volume", "ls", "-q") == ""


def test_a_restart_of_one_that_removes_itself(k3c: K3c) -> None:
    made = k3c.ok("run", "-d", "--rm", "--name", "web", "busybox", "sleep", "1000")
    k3c.ok("restart", "-t", "0", "web")
    k3c.ok("run", "--rm", "busybox", "true")  # an end that is settled after its own first one
    assert k3c.ok("ps", "-q", "--no-trunc") == made
    k3c.ok("stop", "-t", "0", "web")
    until(lambda: k3c.names() == [])
