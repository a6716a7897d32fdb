"""Embedded processes: how they start, fail, and end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.containerd.leftovers.processes import start_time
from domain.errors import Unavailable
from entrypoints.daemon.embedded.supervision import Program, Supervised


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.daemon.embedded.supervision._FIRST_INTERVAL", 0.001)
    monkeypatch.setattr("entrypoints.daemon.embedded.supervision._LEFTOVER_STOP_TIMEOUT", 0.05)


async def until(true: Callable[[], bool]) -> None:
    """Look until something holds, for ten seconds at most."""
    for _ in range(2000):
        if true():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it did not come to be")


def a_program(folder: Path, script: str) -> Program:
    """A shell script, ready when it has written its second line."""
    log = folder / "program.log"

    async def ready() -> None:
        await until(lambda: log.exists() and "ready" in log.read_text())

    return Program("program", ("sh", "-c", script), dict(os.environ), log, folder / "program.pid", ready)


async def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    program = a_program(tmp_path, "echo no such option; exit 3")
    program.log.write_text("what another process said\n")
    with pytest.raises(Unavailable, match=r"ended-at-once.*no such option"):
        await Supervised(program).start()
    assert program.log.read_text().splitlines()[1:] == ["no such option"] * 3
    assert not program.pid_file.exists()


async def test_one_that_ends_without_a_word_tells_its_status(tmp_path: Path) -> None:
    program = a_program(tmp_path, "exit 3")
    with pytest.raises(Unavailable, match=r"ended-silently.*3"):
        await Supervised(program).start()


async def test_one_that_cannot_start_yet_is_started_again(tmp_path: Path) -> None:
    script = "test -e met || { touch met; echo not yet; exit 1; }; echo ready; exec sleep 100"
    supervised = Supervised(a_program(tmp_path, f"cd {tmp_path}; {script}"))
    await supervised.start()
    await supervised.stop()
    assert (tmp_path / "program.log").read_text().splitlines() == ["not yet", "ready"]


async def test_it_is_ended_in_order(tmp_path: Path) -> None:
    program = a_program(tmp_path, "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done")
    supervised = Supervised(program)
    await supervised.start()
    assert program.pid_file.exists()
    await supervised.stop()
    assert program.log.read_text().splitlines() == ["ready", "bye"]
    assert not program.pid_file.exists()
    await supervised.stop()


async def test_it_is_started_again_when_it_dies(tmp_path: Path) -> None:
    program = a_program(tmp_path, "echo ready; exec sleep 100")
    supervised = Supervised(program)
    await supervised.start()
    keeping = asyncio.create_task(supervised.keep())
    first = program.pid_file.read_text()
    os.kill(int(first.split()[1].strip(",")), signal.SIGKILL)
    await until(lambda: program.pid_file.exists() and program.pid_file.read_text() not in {"", first})
    await supervised.stop()
    await keeping


async def test_what_a_killed_daemon_left_gives_way(tmp_path: Path) -> None:
    program = a_program(tmp_path, "echo ready; exec sleep 100")
    left = Supervised(program)
    await left.start()
    pid = int(program.pid_file.read_text().split()[1].strip(","))
    again = Supervised(program)
    started = asyncio.create_task(again.start())
    os.kill(pid, signal.SIGTERM)
    await started
    assert start_time(pid) is None
    await again.stop()


async def test_what_is_to_be_done_before_each_start_is_done_when_the_one_before_is_gone(
    tmp_path: Path,
) -> None:
    pids: list[int] = []
    alive: list[bool] = []

    async def before() -> None:
        alive.append(any(start_time(pid) is not None for pid in pids))

    program = replace(a_program(tmp_path, "echo ready; exec sleep 100"), before=before)
    supervised = Supervised(program)
    await supervised.start()
    keeping = asyncio.create_task(supervised.keep())
    pids.append(int(program.pid_file.read_text().split()[1].strip(",")))
    os.kill(pids[0], signal.SIGKILL)
    await until(lambda: len(alive) == 2 and program.pid_file.exists())
    await supervised.stop()
    await keeping
    assert alive == [False, False]


async def test_what_a_killed_daemon_left_is_gone_before(tmp_path: Path) -> None:
    left = Supervised(a_program(tmp_path, "echo ready; exec sleep 100"))
    await left.start()
    pid = int((tmp_path / "program.pid").read_text().split()[1].strip(","))
    seen: list[int | None] = []

    async def before() -> None:
        seen.append(start_time(pid))

    again = Supervised(replace(a_program(tmp_path, "echo ready; exec sleep 100"), before=before))
    await again.start()
    await again.stop()
    await left.stop()
    assert seen == [None]
