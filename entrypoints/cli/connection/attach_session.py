"""A process with its streams on this terminal: what `run`, `start -a`, `attach` and `exec` share."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

import grpc
from cyclopts import Parameter

from domain.names import SHORT_ID
from domain.streams import DEFAULT_DETACH_KEYS, DetachScanner, parse_detach_keys
from entrypoints.api.k3c.v1 import k3c_pb2
from entrypoints.api.k3c.v1 import streams_pb2 as pb
from entrypoints.cli.connection.client import Client, say
from entrypoints.cli.messages import INTERRUPTED
from entrypoints.cli.ui import terminal

_PROXIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_IMPATIENT = 3
_BY_SIGNAL = 128
_MOST = 1 << 20  # bytes that wait to be written

DetachKeys = Annotated[str, Parameter(help="Key sequence for detaching")]
SigProxy = Annotated[bool, Parameter(help="Forward signals to the process, unless it has a TTY")]


@dataclass(frozen=True)
class Manner:
    """How to be with the process: whether it gets our input, by which keys to leave, and who gets signals."""

    stdin: bool = False
    detach_keys: str = DEFAULT_DETACH_KEYS
    sig_proxy: bool = True

    def scanner(self) -> DetachScanner:
        """What looks for the keys; raises InvalidArgument."""
        return DetachScanner(parse_detach_keys(self.detach_keys or DEFAULT_DETACH_KEYS))


class Conversation:
    """One Open call. `say_created` is called with the id of what was made, `say_started` with its start."""

    def __init__(
        self,
        client: Client,
        manner: Manner,
        say_started: Callable[[pb.StreamStarted], None] = lambda _: None,
        say_created: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._manner = manner
        self._scanner = manner.scanner()
        self._say_started = say_started
        self._say_created = say_created
        self._raw = terminal.RawMode()
        self._call: Any = None
        self._id = ""
        self._started = False
        self._tty = False
        self._talking: asyncio.Future[int] | None = None
        self._left: int | None = None
        self._interrupts = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._shown = _Shown()

    async def go(self, first: pb.OpenRequest) -> int:
        """The exit code of the process, or that of leaving it. Raises AioRpcError."""
        self._is_exec = first.WhichOneof("request") == "exec"
        self._call = self._client.streams.Open()
        # In a task of its own, which is cancelled with the call: gRPC does not always notice that in time.
        self._talking = asyncio.ensure_future(self._talk(first))
        with self._signals():
            try:
                return await self._talking
            except asyncio.CancelledError:
                if self._left is None:
                    raise
                return self._left
            finally:
                self._raw.restore()
                for task in (self._talking, *self._sending):
                    task.cancel()

    async def _talk(self, first: pb.OpenRequest) -> int:
        await self._call.write(first)
        async for event in self._call:
            match event.WhichOneof("event"):
                case "created":
                    self._id = event.created.id
                    self._say_created(self._id)
                case "started":
                    self._begin(event.started)
                case "stdout":
                    await self._shown.add(sys.stdout, event.stdout)
                case "stderr":
                    await self._shown.add(sys.stderr, event.stderr)
                case "exited":
                    await self._shown.finish()
                    return int(event.exited.code)
        await self._shown.finish()
        return 0

    def _begin(self, started: pb.StreamStarted) -> None:
        self._started = True
        self._id = self._id or started.id
        self._tty = started.tty
        self._say_started(started)
        if self._manner.stdin:
            if self._tty:
                self._raw.set()
            terminal.read_input(self._type)
        if self._tty:
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized)

    async def _type(self, data: bytes) -> bool:
        """Pass on what was typed; whether more is wanted."""
        if not data:
            await self._send(pb.OpenRequest(end=pb.EndOfInput()))
            return False
        detached = False
        if self._tty:
            data, detached = self._scanner.feed(data)
        if data:
            await self._send(pb.OpenRequest(stdin=data))
        if detached:
            self._raw.restore()
            say(f"\nk3c: detached: {self._what()} goes on")
            self._leave(0)
        return not detached

    async def _send(self, request: pb.OpenRequest) -> None:
        try:
            await self._call.write(request)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            return  # the call is over: its answers say how

    def _resized(self) -> None:
        size = terminal.size()
        if size is not None:
            self._later(self._send(pb.OpenRequest(size=size)))

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Before the start a signal ends the attempt; after it, signals are the process's."""
        loop = asyncio.get_running_loop()
        for number in _PROXIED:
            loop.add_signal_handler(number, self._receive, number)
        try:
            yield
        finally:
            for number in (*_PROXIED, signal.SIGWINCH):
                loop.remove_signal_handler(number)

    def _receive(self, number: signal.Signals) -> None:
        self._interrupts += number in {signal.SIGINT, signal.SIGTERM}
        if not self._started:
            self._leave(INTERRUPTED)
        elif self._tty or not self._manner.sig_proxy:
            if number in {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}:
                self._leave(_BY_SIGNAL + number)
        elif self._interrupts >= _IMPATIENT:
            say(f"k3c: three interrupts: leaving; {self._what()} goes on")
            self._leave(INTERRUPTED)
        else:
            self._later(self._forward(number))

    def _what(self) -> str:
        return "the command" if self._is_exec else f"container {self._id[:SHORT_ID]}"

    async def _forward(self, number: signal.Signals) -> None:
        if self._is_exec:
            await self._send(pb.OpenRequest(signal=number))
            return
        try:
            request = k3c_pb2.KillContainerRequest(container=self._id, signal=number)
            await self._client.containers.Kill(request)
        except grpc.aio.AioRpcError as error:
            if self._interrupts:
                say(f"k3c: {number.name} did not reach the container: {error.details()}")

    def _leave(self, code: int) -> None:
        self._left = code
        self._call.cancel()
        if self._talking is not None:
            self._talking.cancel()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


class _Shown:
    """Output on its way to this terminal: a thread writes, and what comes meanwhile is written in one piece."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, bytes]] = []
        self._size = 0
        self._writing: asyncio.Future[None] | None = None

    async def add(self, stream: Any, data: bytes) -> None:
        """Have it written; waits while much waits. Raises BrokenPipeError, OSError."""
        self._waiting.append((stream, data))
        self._size += len(data)
        if self._writing is None or self._writing.done():
            await self.finish()
            self._writing = asyncio.ensure_future(self._write())
        elif self._size > _MOST:
            await self.finish()

    async def finish(self) -> None:
        """Return when all is written. Raises BrokenPipeError, OSError."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            waiting, self._waiting, self._size = self._waiting, [], 0
            await asyncio.to_thread(_write, waiting)


def _write(waiting: list[tuple[Any, bytes]]) -> None:
    for stream, run in groupby(waiting, key=itemgetter(0)):
        stream.buffer.write(b"".join(data for _, data in run))
        stream.buffer.flush()
