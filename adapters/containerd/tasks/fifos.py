"""The named pipes of a process, which containerd's shim connects to."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial
from pathlib import Path

from adapters.containerd.errors import SERVICE
from domain.errors import RuntimeFailed
from domain.streams import STDERR, STDIN, STDOUT, Output

_PIPE_SIZE = 1 << 20
_CHUNK = 1 << 18
_QUEUED = 4
_LINGER = 2.0  # seconds that a stream may stay silent and open after the process has ended: a child has it


class Fifos:
    """A folder of FIFOs, from before the process starts until both sides have finished.

    Outputs are opened for reading without waiting for the shim. The input is first held open from both
    sides, so that the shim's opening does not block; `started` closes our reading side.
    """

    def __init__(self, folder: Path, *, tty: bool, stdin: bool) -> None:
        self._folder = folder
        self._outputs = (STDOUT,) if tty else (STDOUT, STDERR)
        self._names = (*self._outputs, *((STDIN,) if stdin else ()))
        self._ends: dict[str, int] = {}  # ours, as long as they are neither connected nor handed over
        self._held = -1
        self._transports: list[asyncio.BaseTransport] = []
        self._input: asyncio.StreamWriter | None = None
        self._is_input_open = False

    def path(self, name: str) -> str:
        """Return the path of the FIFO with this name, "" if there is no such FIFO."""
        return str(self._folder / name) if name in self._names else ""

    def open(self) -> None:
        """Make the FIFOs, and open our ends. Raises RuntimeFailed."""
        try:
            self._make()
        except OSError as error:
            raise RuntimeFailed(SERVICE, "reported", f"{self._folder}: {error.strerror}") from error
        for name in self._outputs:
            self._ends[name] = _opened(self.path(name), os.O_RDONLY)
        if self.path(STDIN):
            self._held = _opened(self.path(STDIN), os.O_RDWR)

    def _make(self) -> None:
        self._folder.mkdir(parents=True, mode=0o700)
        for name in self._names:
            os.mkfifo(self.path(name), 0o600)

    def started(self) -> None:
        """Note that the shim has opened its ends: the names are not needed any more."""
        if self._held >= 0:
            self._ends[STDIN] = _opened(self.path(STDIN), os.O_WRONLY)
            self._is_input_open = True
            os.close(self._held)
            self._held = -1
        if self._ends:
            shutil.rmtree(self._folder)

    def hand_over(self) -> dict[str, int]:
        """Return our ends, by stream; from here on they are the caller's."""
        ends, self._ends = self._ends, {}
        for descriptor in ends.values():
            os.set_blocking(descriptor, True)
        return ends

    async def write(self, data: bytes) -> None:
        """Write input; it is no failure that nothing reads the input any more."""
        if STDIN in self._ends:
            loop = asyncio.get_running_loop()
            file = os.fdopen(self._ends.pop(STDIN), "wb", 0)
            transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, file)
            self._input = asyncio.StreamWriter(transport, protocol, None, loop)
        if self._input is not None:
            with suppress(ConnectionError):
                self._input.write(data)
                await self._input.drain()

    def end_input(self) -> bool:
        """Close our end of the input once everything is written; return whether it was open.

        Who has it by `hand_over` has closed it.
        """
        if STDIN in self._ends:
            os.close(self._ends.pop(STDIN))
        if self._input is not None:
            self._input.close()
            self._input = None
        was_open, self._is_input_open = self._is_input_open, False
        return was_open

    async def output(self, ended: asyncio.Event) -> AsyncGenerator[Output, None]:
        """Yield output until the streams end, or are silent after `ended` was set."""
        queue: asyncio.Queue[Output | None] = asyncio.Queue(_QUEUED)
        pumps = [
            asyncio.create_task(_pump(name, await self._reader(self._ends.pop(name)), queue))
            for name in self._outputs
            if name in self._ends
        ]
        left = len(pumps)
        try:
            while left:
                item = await _next(queue, ended)
                if item is None:
                    left -= 1
                elif item.data:
                    yield item
                else:
                    return
        finally:
            for pump in pumps:
                pump.cancel()

    async def _reader(self, descriptor: int) -> asyncio.StreamReader:
        reader = asyncio.StreamReader(limit=_CHUNK)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            partial(asyncio.StreamReaderProtocol, reader), os.fdopen(descriptor, "rb", 0)
        )
        self._transports.append(transport)
        return reader

    def close(self) -> None:
        """Close all of our ends, and remove the folder."""
        self.end_input()
        for descriptor in self._ends.values():
            os.close(descriptor)
        if self._held >= 0:
            os.close(self._held)
        for transport in self._transports:
            transport.close()
        shutil.rmtree(self._folder, ignore_errors=True)


_SILENT = Output("", b"")


async def _next(queue: asyncio.Queue[Output | None], ended: asyncio.Event) -> Output | None:
    """Return the next output; after the end, _SILENT when nothing came for a while."""
    getting = asyncio.ensure_future(queue.get())
    ending = asyncio.ensure_future(ended.wait())
    try:
        await asyncio.wait({getting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not getting.done():
            await asyncio.wait({getting}, timeout=_LINGER)
        return getting.result() if getting.done() else _SILENT
    finally:
        getting.cancel()
        ending.cancel()


async def _pump(name: str, reader: asyncio.StreamReader, queue: asyncio.Queue[Output | None]) -> None:
    while data := await reader.read(_CHUNK):
        await queue.put(Output(name, data))
    await queue.put(None)


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    with suppress(PermissionError):  # beyond the user's share of pipe memory: a smaller one works as well
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
    return descriptor
