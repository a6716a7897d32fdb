"""Starting, watching and ending the processes that k3c embeds."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.errors import Unavailable

_log = structlog.get_logger("supervision")
_LINES_SHOWN = 15
_LARGEST_LOG = 16 * 1024 * 1024
_START_PATIENCE = 2.0  # for one that does not answer yet: it has nothing in hand, and may be deaf to SIGTERM
_STOP_PATIENCE = 15.0
_LEFT_PATIENCE = 2.0  # for one whose daemon was killed: the kernel has sent it SIGTERM, mostly
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_STEADY = 30.0


async def nothing() -> None:
    """What is to be done before most programs start."""


@dataclass(frozen=True)
class Program:
    """A process to keep running.

    `ready` returns once it answers, or raises Unavailable. `before` is called each time before it starts, when
    the one before it is gone; it raises nothing.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    pid_file: Path
    ready: Callable[[], Awaitable[None]]
    before: Callable[[], Awaitable[None]] = nothing


class Supervised:
    """One embedded process: started once the one before it is truly gone, and again when it dies."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._answers = False

    async def start(self) -> None:
        """Start it and wait until it answers. Raises Unavailable, with its last words in the daemon's log."""
        await asyncio.to_thread(_end_leftover, self._program)
        self._answers = False
        await self._program.before()
        self._process = await self._spawn()
        try:
            await self._until_ready(self._process)
            self._answers = True
        except Unavailable:
            self._show_last_words()
            await self._end()
            raise
        _log.info("started", program=self._program.name, pid=self._process.pid)

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        ready = asyncio.create_task(_ready(self._program), name=f"{self._program.name} becomes ready")
        death = asyncio.create_task(process.wait(), name=f"{self._program.name} dies early")
        try:
            await asyncio.wait({ready, death}, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise Unavailable(self._program.name, "", "ended-at-once", str(death.result()))
            ready.result()
        finally:
            for task in (ready, death):
                task.cancel()
            await asyncio.wait({ready, death})

    async def keep(self) -> None:
        """Start it again whenever it ends by itself; returns when `stop` was called."""
        pause = _FIRST_PAUSE
        while self._process is not None:
            began = time.monotonic()
            status = await self._process.wait()
            if self._stopping:
                return
            _log.error("ended by itself", program=self._program.name, status=status)
            self._show_last_words()
            pause = _FIRST_PAUSE if time.monotonic() - began > _STEADY else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause)
            try:
                await self.start()
            except Unavailable as error:
                _log.error(
                    "could not be started again",
                    program=self._program.name,
                    problem=error.problem,
                    detail=error.detail,
                )

    async def stop(self) -> None:
        """End it with SIGTERM, after some seconds with SIGKILL. Idempotent."""
        self._stopping = True
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_PATIENCE if self._answers else _START_PATIENCE):
                await process.wait()
        except TimeoutError:
            _log.warning("did not end on SIGTERM", program=self._program.name)
            process.kill()
            await process.wait()
        self._program.pid_file.unlink(missing_ok=True)

    async def _spawn(self) -> asyncio.subprocess.Process:
        log = await asyncio.to_thread(_open_log, self._program.log)
        try:
            process = await asyncio.create_subprocess_exec(
                *_tied_to_parent(self._program.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._program.environment,
                start_new_session=True,  # Ctrl-C in the daemon's terminal is for the daemon alone
            )
        finally:
            os.close(log)
        started = {"pid": process.pid, "start": start_time(process.pid)}
        self._program.pid_file.write_text(json.dumps(started))
        return process

    def _show_last_words(self) -> None:
        lines = self._program.log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:]
        for line in lines:
            _log.error("said", program=self._program.name, line=line)


def _tied_to_parent(command: tuple[str, ...]) -> tuple[str, ...]:
    """Have the kernel send SIGTERM when the daemon is killed, so that nothing is left without a keeper."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", *command) if setpriv else command


def _open_log(path: Path) -> int:
    """Open a log to append to; a large one is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


async def _ready(program: Program) -> None:
    await program.ready()


def start_time(pid: int) -> int | None:
    """The start of a process in clock ticks since boot, which with the pid identifies it; None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _end_leftover(program: Program) -> None:
    """End the process that a killed daemon left, which would hold the sockets and databases."""
    try:
        left = json.loads(program.pid_file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if _gone(left["pid"], left["start"], number):
            program.pid_file.unlink(missing_ok=True)
            return
    raise Unavailable(program.name, "", "leftover", str(left["pid"]))


def _gone(pid: int, started: int, number: signal.Signals | None) -> bool:
    """Signal a process if it is still the same one; whether it is gone within some seconds."""
    patience = _LEFT_PATIENCE if number is None else _STOP_PATIENCE
    if number is not None and start_time(pid) == started:
        os.kill(pid, number)
    deadline = time.monotonic() + patience
    while start_time(pid) == started:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
