"""`packaging/dev-daemon`, which starts and ends the daemon of `make run`, with a program in place of k3c."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging/dev-daemon"
HOLD_LOCK = 'exec 9>>"$K3C_ROOT/lock"; flock 9; echo $$ >"$K3C_ROOT/lock"'


@dataclass
class Stub:
    """A program in place of k3c, and the folder that it keeps its files in."""

    folder: Path
    limit: int = 30  # seconds that the script waits

    def write(self, daemon: str) -> None:
        """Write the program: `version` succeeds once there is a file `ready`, `daemon` does as it is given."""
        program = self.folder / "k3c"
        program.write_text(
            f'#!/bin/bash\ncase $1 in\nversion) [ -e "{self.folder}/ready" ];;\ndaemon) {daemon};;\nesac\n'
        )
        program.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call the script."""
        log = str(self.folder / "log")
        environment = os.environ | {
            "K3C_ROOT": str(self.folder),
            "K3C_DEV_LOG": log,
            "K3C_DEV_TIMEOUT": str(self.limit),
        }
        return subprocess.run(
            [SCRIPT, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def verb(self, verb: str) -> subprocess.CompletedProcess[str]:
        """Call the script for the program."""
        return self.run(verb, str(self.folder / "k3c"))

    @property
    def pid(self) -> int:
        """The process that took the lock."""
        return int((self.folder / "lock").read_text())


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """A stub, whose daemon is killed at the end if it is left."""
    made = Stub(tmp_path)
    yield made
    if (tmp_path / "lock").exists():
        with suppress(ProcessLookupError):
            os.kill(made.pid, signal.SIGKILL)


@pytest.mark.parametrize("arguments", [(), ("start",), ("begin", "k3c"), ("stop", "k3c", "now")])
def test_a_wrong_call_shows_the_usage(stub: Stub, arguments: tuple[str, ...]) -> None:
    done = stub.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: dev-daemon start|stop|purge|next K3C\n"


def test_starting_and_stopping(stub: Stub) -> None:
    stub.write(f'{HOLD_LOCK}; touch "{stub.folder}/ready"; exec sleep 1000')
    assert stub.verb("stop").stdout == "no daemon is running\n"
    done = stub.verb("start")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"the daemon is running (pid {stub.pid}, log {stub.folder}/log)\n"
    assert stub.verb("start").stdout == ""
    assert stub.verb("stop").stdout == "the daemon has stopped\n"
    assert stub.verb("stop").stdout == "no daemon is running\n"


def test_a_daemon_that_does_not_answer_is_waited_for_in_vain_for_some_time_only(stub: Stub) -> None:
    stub.limit = 1
    stub.write(f"{HOLD_LOCK}; echo its last words; exec sleep 1000")
    done = stub.verb("start")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "the daemon did not answer within 1 seconds and is being stopped; the end of "
    )
    assert done.stderr.endswith("its last words\n")


def test_a_daemon_that_ends_while_it_starts(stub: Stub) -> None:
    stub.write("echo its last words; exit 1")
    done = stub.verb("start")
    assert done.returncode == 1
    assert (
        done.stderr == f"the daemon ended while it started; the end of {stub.folder}/log:\nits last words\n"
    )


@pytest.mark.parametrize("verb", ["stop", "purge"])
def test_a_daemon_that_does_not_stop_is_named(stub: Stub, verb: str) -> None:
    stub.write(f"trap '' TERM; {HOLD_LOCK}; touch \"{stub.folder}/ready\"; exec sleep 1000")
    assert stub.verb("start").returncode == 0
    stub.limit = 1
    done = stub.verb(verb)
    assert done.returncode == 1
    assert f"(pid {stub.pid}) did not stop within 1 seconds, `kill -KILL {stub.pid}` ends it" in done.stderr
    assert (stub.folder / "log").exists()
