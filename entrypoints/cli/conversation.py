"""A process with its streams on this terminal: what `run`, `start -a`, `attach` and `exec` share."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import grpc
from cyclopts import Parameter

from domain.names import SHORT_ID
from domain.streams import DEFAULT_DETACH_KEYS, DetachScanner, parse_detach_keys
from entrypoints.api.k3c.v1 import k3c_pb2
from entrypoints.api.k3c.v1 import streams_pb2 as pb
from entrypoints.cli import terminal
from entrypoints.cli.client import Client, say
from entrypoints.cli.messages import INTERRUPTED

_PROXIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_IMPATIENT = 3
_BY_SIGNAL = 128

DetachKeys = Annotated[str, Parameter(help="The keys that leave a terminal (ctrl-p,ctrl-q).")]
SigProxy = Annotated[bool, Parameter(help="Pass signals on to the container (unless it has a terminal).")]


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
        self._left = 0
        self._interrupts = 0
        self._sending: set[asyncio.Task[None]] = set()

    async def go(self, first: pb.OpenRequest) -> int:
        """The exit code of the process, or that of leaving it. Raises AioRpcError."""
        self._is_exec = first.WhichOneof("request") == "exec"
        self._call = self._client.streams.Open()
        with self._signals():
            try:
                await self._call.write(first)
                return await self._answers()
            except asyncio.CancelledError:
                if not self._call.cancelled():
                    raise
                return self._left
            finally:
                self._raw.restore()
                for task in self._sending:
                    task.cancel()

    async def _answers(self) -> int:
        async for event in self._call:
            match event.WhichOneof("event"):
                case "created":
                    self._id = event.created.id
                    self._say_created(self._id)
                case "started":
                    self._begin(event.started)
                case "stdout":
                    await asyncio.to_thread(_write, sys.stdout, event.stdout)
                case "stderr":
                    await asyncio.to_thread(_write, sys.stderr, event.stderr)
                case "exited":
                    return int(event.exited.code)
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

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


def _write(stream: Any, data: bytes) -> None:
    stream.buffer.write(data)
    stream.buffer.flush()
