"""Containers that end while containerd is down: how they ended is known all the same, and acted on."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.containerd.leftovers.processes import start_time
from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c, until
from tests.integration.test_lifecycle import status

WAITING = 'until [ -e /told/code ]; do sleep 0.01; done; echo last; exit "$(cat /told/code)"'
"""Ends with the code that is in a file, once that is there."""


@pytest.fixture(scope="module")
def own(workspace: Path) -> Iterator[Daemon]:
    """A daemon to kill, which waits little before it restarts a container."""
    running = Daemon.make(workspace / "m", config="[containers]\nrestart_backoff = 0.1\n")
    running.start()
    build_busybox(K3c(running), workspace / "m-busybox")
    yield running
    running.stop()
    running.purge()


@pytest.fixture
def cli(own: Daemon) -> Iterator[K3c]:
    """The CLI on it."""
    cli = K3c(own)
    kept = cli.images()
    yield cli
    cli.remove_everything(but=kept)


class Waiting:
    """A container that ends when it is told to."""

    def __init__(self, cli: K3c, folder: Path, name: str, *options: str) -> None:
        self._code = folder / name / "code"
        self._code.parent.mkdir()
        self.name = name
        volume = f"{self._code.parent}:/told"
        self.id = cli.ok("run", "-d", "--name", name, "-v", volume, *options, "busybox", "sh", "-c", WAITING)
        self._pid = int(cli.ok("inspect", "--format", "{{.State.Pid}}", name))
        self._started = start_time(self._pid)

    @property
    def shim(self) -> int:
        """The process that keeps it."""
        return int(Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()[1])

    def end(self, code: int) -> None:
        """Have it end, and wait until it has; the folder is then as before."""
        made = self._code.with_name("new")
        made.write_text(str(code))
        made.replace(self._code)
        until(lambda: start_time(self._pid) != self._started)
        self._code.unlink()


def program(own: Daemon) -> int:
    """The process of its containerd, 0 while it is being started anew."""
    try:
        return int(json.loads((own.state / "containerd.pid").read_text())["pid"])
    except FileNotFoundError:
        return 0


def kill_all(own: Daemon) -> None:
    """Kill the daemon and its containerd; what is in containers lives on."""
    containerd, started = program(own), start_time(program(own))
    own.stop(signal.SIGKILL)
    if start_time(containerd) == started:
        os.kill(containerd, signal.SIGKILL)
    until(lambda: start_time(containerd) != started)


def finished_at(cli: K3c, name: str) -> datetime:
    """When it ended, by `inspect`."""
    return datetime.fromisoformat(cli.ok("inspect", "--format", "{{.State.FinishedAt}}", name))


def test_ends_while_all_is_down(own: Daemon, cli: K3c, tmp_path: Path) -> None:
    seven, well, lasting = (Waiting(cli, tmp_path, name) for name in ("seven", "well", "lasting"))
    again = Waiting(cli, tmp_path, "again", "--restart", "on-failure")
    kill_all(own)
    for waiting, code in ((seven, 7), (well, 0), (again, 5)):
        waiting.end(code)
    over = datetime.now(UTC)
    own.start()
    until(lambda: status(cli, "seven").startswith("Exited (7)"))
    assert status(cli, "well").startswith("Exited (0)")
    assert status(cli, "lasting").startswith("Up")
    assert cli.ok("wait", "seven", "well") == "7\n0"
    for name in ("seven", "well"):
        assert cli.ok("logs", name) == "last"
    until(lambda: cli.ok("logs", "again") == "last")
    assert cli.ok("inspect", "--format", "{{.State.ExitCode}}", "seven") == "7"
    assert finished_at(cli, "seven") < over
    until(lambda: status(cli, "again").startswith("Up"))
    own.stop()
    lasting.end(3)
    own.start()
    until(lambda: status(cli, "lasting").startswith("Exited (3)"))
    assert cli.ok("logs", "lasting") == "last"
    assert status(cli, "seven").startswith("Exited (7)")
    assert status(cli, "well").startswith("Exited (0)")
    assert status(cli, "again").startswith("Up")


def test_ends_while_containerd_alone_is_down(own: Daemon, cli: K3c, tmp_path: Path) -> None:
    seven = Waiting(cli, tmp_path, "seven")
    policies = (("failed", "on-failure"), ("well", "on-failure"), ("always", "always"))
    failed, well, always = (Waiting(cli, tmp_path, name, "--restart", policy) for name, policy in policies)
    containerd = program(own)
    os.kill(containerd, signal.SIGSTOP)  # so that it sees nothing of what it would not see later
    for ending, code in ((seven, 7), (failed, 3), (well, 0), (always, 0)):
        ending.end(code)
    os.kill(containerd, signal.SIGKILL)
    until(lambda: cli("ps").returncode == 0 and program(own) not in {0, containerd})
    assert cli.ok("wait", "seven") == "7"
    assert cli.ok("logs", "seven") == "last"
    until(lambda: status(cli, "failed").startswith("Up") and status(cli, "always").startswith("Up"))
    assert status(cli, "well").startswith("Exited (0)")
    deaths = cli.ok("events", "--since", "10m", "--until", "0s", "-f", "event=die", "--format", "json")
    told = {
        event["ID"]: event["Actor"]["Attributes"]["exitCode"]
        for event in map(json.loads, deaths.splitlines())
    }
    codes = [told[ended.id] for ended in (seven, failed, well, always)]
    assert codes == ["7", "3", "0", "0"]


def test_what_a_shim_cannot_tell_stays_unknown(own: Daemon, cli: K3c, tmp_path: Path) -> None:
    lost, kept = Waiting(cli, tmp_path, "lost"), Waiting(cli, tmp_path, "kept")
    kill_all(own)
    os.kill(lost.shim, signal.SIGKILL)
    lost.end(7)
    kept.end(7)
    own.start()
    until(lambda: status(cli, "lost").startswith("Exited (255)"))
    assert status(cli, "kept").startswith("Exited (7)")


def test_much_and_on_a_terminal_and_on_both_streams(own: Daemon, cli: K3c, tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.mkdir()
    wait = "until [ -e /told/now ]; do sleep 0.01; done"
    much = f"{wait}; seq 1 5000; echo oops >&2; exit 3"
    cli.ok("run", "-d", "--name", "much", "-v", f"{told}:/told", "busybox", "sh", "-c", much)
    cli.ok(
        "run", "-dt", "--name", "term", "-v", f"{told}:/told", "busybox", "sh", "-c", f"{wait}; echo shown"
    )
    pids = [int(cli.ok("inspect", "-f", "{{.State.Pid}}", name)) for name in ("much", "term")]
    kill_all(own)
    (told / "now").touch()
    until(lambda: all(start_time(pid) is None for pid in pids))
    own.start()
    done = cli("logs", "much")
    assert done.stdout == "".join(f"{number}\n" for number in range(1, 5001))
    assert done.stderr == "oops\n"
    assert cli.ok("logs", "term") == "shown\r"
    assert cli.ok("wait", "much") == "3"
