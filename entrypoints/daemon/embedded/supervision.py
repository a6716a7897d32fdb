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

from adapters.containerd.leftovers.processes import start_time
from domain.errors import Unavailable

_log = structlog.get_logger("supervision")
_LINES_SHOWN = 15
_LARGEST_LOG = 16 * 1024 * 1024
_UNREADY_STOP_TIMEOUT = 2.0  # a program that is not ready has nothing to finish, and may ignore SIGTERM
_STOP_TIMEOUT = 15.0
_LEFTOVER_STOP_TIMEOUT = 2.0  # the kernel has sent SIGTERM to most programs whose daemon was killed
_FIRST_INTERVAL = 0.2
_LONGEST_INTERVAL = 10.0
_STEADY = 30.0
_STARTS = 3  # of a program that ends before it is ready
_ENDED = {"ended-at-once", "ended-silently"}


async def nothing() -> None:
    """Do nothing before a program starts."""


@dataclass(frozen=True)
class Program:
    """A program that is kept running.

    `ready` returns once the program answers, or raises Unavailable. `before` is called before each start,
    when the previous process is gone; it raises nothing.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    pid_file: Path
    ready: Callable[[], Awaitable[None]]
    before: Callable[[], Awaitable[None]] = nothing


class Supervised:
    """The process of a program: started once its predecessor is gone, and started again when it dies."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self._is_ready = False
        self._log_start = 0  # bytes of the log that are of earlier processes

    async def start(self) -> None:
        """Start the process and wait until it is ready.

        A process that ends at once is started again: what it met may pass, as a lock or a network that is
        being set up beside it. Raises Unavailable with its last line; the lines before are in the daemon's log.
        """
        for pause in (_FIRST_INTERVAL * 2**number for number in range(_STARTS - 1)):
            try:
                return await self._start()
            except Unavailable as error:
                if error.problem not in _ENDED:
                    raise
                _log.warning("ended at once", program=self._program.name, detail=error.detail)
            await asyncio.sleep(pause)
        return await self._start()

    async def _start(self) -> None:
        await asyncio.to_thread(_end_leftover, self._program)
        self._is_ready = False
        await self._program.before()
        self._process = await self._spawn()
        try:
            await self._until_ready(self._process)
            self._is_ready = True
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
                raise self._ended_at_once(death.result())
            ready.result()
        finally:
            for task in (ready, death):
                task.cancel()
            await asyncio.wait({ready, death})

    async def keep(self) -> None:
        """Start the process again whenever it ends by itself; return when `stop` was called."""
        interval = _FIRST_INTERVAL
        while self._process is not None:
            began = time.monotonic()
            status = await self._process.wait()
            if self._stopping:
                return
            _log.error("ended by itself", program=self._program.name, status=status)
            self._show_last_words()
            interval = (
                _FIRST_INTERVAL
                if time.monotonic() - began > _STEADY
                else min(interval * 2, _LONGEST_INTERVAL)
            )
            await asyncio.sleep(interval)
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
        """End the process with SIGTERM, after some seconds with SIGKILL. Idempotent."""
        self._stopping = True
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT if self._is_ready else _UNREADY_STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            _log.warning("did not end on SIGTERM", program=self._program.name)
            process.kill()
            await process.wait()
        self._program.pid_file.unlink(missing_ok=True)

    async def _spawn(self) -> asyncio.subprocess.Process:
        log = await asyncio.to_thread(_open_log, self._program.log)
        self._log_start = os.fstat(log).st_size
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
        for line in self._last_words():
            _log.error("said", program=self._program.name, line=line)

    def _last_words(self) -> list[str]:
        with self._program.log.open(errors="replace") as log:
            log.seek(self._log_start)
            return log.read().splitlines()[-_LINES_SHOWN:]

    def _ended_at_once(self, status: int) -> Unavailable:
        name, lines = self._program.name, self._last_words()
        if lines:
            return Unavailable(name, "", "ended-at-once", lines[-1])
        return Unavailable(name, "", "ended-silently", str(status))


def _tied_to_parent(command: tuple[str, ...]) -> tuple[str, ...]:
    """Have the kernel send SIGTERM to the program when the daemon is killed, so that it is not left unsupervised."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", *command) if setpriv else command


def _open_log(path: Path) -> int:
    """Open a log for appending; a large log is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


async def _ready(program: Program) -> None:
    await program.ready()


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
    """Signal a process if it is still the same process; return whether it is gone within the timeout."""
    timeout = _LEFTOVER_STOP_TIMEOUT if number is None else _STOP_TIMEOUT
    if number is not None and start_time(pid) == started:
        os.kill(pid, number)
    deadline = time.monotonic() + timeout
    while start_time(pid) == started:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
