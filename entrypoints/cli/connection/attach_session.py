"""A process with its streams on this terminal, as `run`, `start -a`, `attach` and `exec` have it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

import grpc
from cyclopts import Parameter

from domain.names import SHORT_ID
from domain.streams import DEFAULT_DETACH_KEYS, DetachScanner, parse_detach_keys
from entrypoints.api.errors import from_call
from entrypoints.api.k3c.v1 import container_pb2, stream_pb2
from entrypoints.api.server_status import server_status
from entrypoints.cli.connection.client import Client, print_notice
from entrypoints.cli.messages import INTERRUPTED, sentence
from entrypoints.cli.ui import terminal

_PROXIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_INTERRUPTS_TO_DETACH = 3
_SIGNAL_EXIT_BASE = 128
_MAX_WAITING_BYTES = 1 << 20  # bytes that wait to be written

DetachKeys = Annotated[str, Parameter(help="Key sequence for detaching")]
SigProxy = Annotated[bool, Parameter(help="Forward signals to the process, unless it has a TTY")]


@dataclass(frozen=True)
class AttachOptions:
    """Whether the process gets this command's input, which keys detach from it, and whether it gets signals."""

    stdin: bool = False
    detach_keys: str = DEFAULT_DETACH_KEYS
    sig_proxy: bool = True

    def scanner(self) -> DetachScanner:
        """Make the scanner that finds the detach keys in the input. Raises InvalidArgument."""
        return DetachScanner(parse_detach_keys(self.detach_keys or DEFAULT_DETACH_KEYS))


class AttachSession:
    """An Open call of StreamService.

    `on_created` is called with the id of the container that was created, `on_started` when the process runs.
    """

    def __init__(
        self,
        client: Client,
        options: AttachOptions,
        on_started: Callable[[stream_pb2.StreamStarted], None] = lambda _: None,
        on_created: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._options = options
        self._scanner = options.scanner()
        self._on_started = on_started
        self._on_created = on_created
        self._raw = terminal.RawMode()
        self._call: Any = None
        self._id = ""
        self._started = False
        self._tty = False
        self._running: asyncio.Future[int] | None = None
        self._exit_code: int | None = None
        self._interrupts = 0
        self._background: set[asyncio.Task[None]] = set()
        self._output = _TerminalOutput()
        self._session = ""
        self._size: stream_pb2.TerminalSize | None = None
        self._controlling = asyncio.Lock()

    async def run(self, first: stream_pb2.OpenRequest) -> int:
        """Return the exit code of the process, or the exit code of detaching from it. Raises AioRpcError."""
        self._is_exec = first.WhichOneof("request") == "exec"
        self._size = _size_of(first)
        self._call = self._client.streams.Open()
        # In a task of its own, which is cancelled with the call: gRPC does not always notice that in time.
        self._running = asyncio.ensure_future(self._receive_events(first))
        with self._signals():
            try:
                return await self._running
            except asyncio.CancelledError:
                if self._exit_code is None:
                    raise
                return self._exit_code
            finally:
                self._raw.restore()
                for task in (self._running, *self._background):
                    task.cancel()

    async def _receive_events(self, first: stream_pb2.OpenRequest) -> int:
        async with server_status(self._call):
            return await self._until_exit(first)

    async def _until_exit(self, first: stream_pb2.OpenRequest) -> int:
        await self._call.write(first)
        async for event in self._call:
            match event.WhichOneof("event"):
                case "created":
                    self._id = event.created.id
                    self._on_created(self._id)
                case "started":
                    self._on_start(event.started)
                case "stdout":
                    await self._output.add(sys.stdout, event.stdout)
                case "stderr":
                    await self._output.add(sys.stderr, event.stderr)
                case "exited":
                    await self._output.finish()
                    return int(event.exited.code)
        await self._output.finish()
        return 0

    def _on_start(self, started: stream_pb2.StreamStarted) -> None:
        self._started = True
        self._id = self._id or started.id
        self._tty = started.tty
        self._session = started.session
        self._on_started(started)
        if self._options.stdin:
            if self._tty:
                self._raw.set()
            terminal.read_input(self._on_input)
        if self._tty:
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._on_resize)
            self._on_resize()  # it may have been resized since the size was sent

    async def _on_input(self, data: bytes) -> bool:
        """Send input to the process; return whether more input is wanted."""
        if not data:
            await self._send(stream_pb2.OpenRequest(end=stream_pb2.EndOfInput()))
            return False
        detached = False
        if self._tty:
            data, detached = self._scanner.feed(data)
        if data:
            await self._send(stream_pb2.OpenRequest(stdin=data))
        if detached:
            self._raw.restore()
            print_notice(f"\nk3c: detached; {self._process_name()} is still running")
            self._end_call(0)
        return not detached

    async def _send(self, request: stream_pb2.OpenRequest) -> None:
        """Send input; one piece after another, since gRPC ends a call on which two are written at once."""
        # Where the call is over, its answers say how.
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await self._call.write(request)

    def _on_resize(self) -> None:
        self._in_background(self._resize())

    async def _resize(self) -> None:
        """Send the size that the terminal has when this is its turn."""
        async with self._controlling:
            size = terminal.size()
            if size is None or size == self._size:
                return
            self._size = size
            with suppress(grpc.aio.AioRpcError):  # the process has ended
                await self._client.streams.Control(
                    stream_pb2.ControlRequest(session=self._session, size=size)
                )

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Handle signals: before the start they cancel the call, after it they are for the process."""
        loop = asyncio.get_running_loop()
        for number in _PROXIED:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in (*_PROXIED, signal.SIGWINCH):
                loop.remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        self._interrupts += number in {signal.SIGINT, signal.SIGTERM}
        if not self._started:
            self._end_call(INTERRUPTED)
        elif self._tty or not self._options.sig_proxy:
            if number in {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}:
                self._end_call(_SIGNAL_EXIT_BASE + number)
        elif self._interrupts >= _INTERRUPTS_TO_DETACH:
            print_notice(
                f"k3c: received {self._interrupts} interrupts, detaching; {self._process_name()} is still running"
            )
            self._end_call(INTERRUPTED)
        else:
            self._in_background(self._forward(number))

    def _process_name(self) -> str:
        return "the command" if self._is_exec else f"container {self._id[:SHORT_ID]}"

    async def _forward(self, number: signal.Signals) -> None:
        """Send a signal, past input that is not read."""
        try:
            async with self._controlling:
                await self._signal(number)
        except grpc.aio.AioRpcError as error:
            if self._interrupts:
                carried = from_call(error)
                reason = sentence(carried) if carried else error.details()
                print_notice(f"k3c: {number.name} did not reach {self._process_name()}: {reason}")

    async def _signal(self, number: signal.Signals) -> None:
        if self._is_exec:
            control = stream_pb2.ControlRequest(session=self._session, signal=number)
            await self._client.streams.Control(control)
        else:
            request = container_pb2.KillContainerRequest(container=self._id, signal=number)
            await self._client.containers.Kill(request)

    def _end_call(self, code: int) -> None:
        self._exit_code = code
        self._call.cancel()
        if self._running is not None:
            self._running.cancel()

    def _in_background(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _size_of(first: stream_pb2.OpenRequest) -> stream_pb2.TerminalSize | None:
    """The size of the terminal that the first request of a call tells."""
    asked = getattr(first, first.WhichOneof("request") or "run")
    return asked.size if asked.HasField("size") else None


class _TerminalOutput:
    """Output on its way to this terminal: a thread writes, and what arrives meanwhile is written at once after it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, bytes]] = []
        self._size = 0
        self._writing: asyncio.Future[None] | None = None

    async def add(self, stream: Any, data: bytes) -> None:
        """Queue data for writing; wait while too much is queued. Raises BrokenPipeError, OSError."""
        self._waiting.append((stream, data))
        self._size += len(data)
        if self._writing is None or self._writing.done():
            await self.finish()
            self._writing = asyncio.ensure_future(self._write())
        elif self._size > _MAX_WAITING_BYTES:
            await self.finish()

    async def finish(self) -> None:
        """Wait until everything is written. Raises BrokenPipeError, OSError."""
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
