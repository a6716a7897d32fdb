"""Processes' streams over a CRI streaming server: attach, and exec where there is only CRI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import grpc

from adapters.cri.calls import uninterrupted
from adapters.cri.errors import Subject, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub
from adapters.cri.streaming.spdy import SERVICE, Connection
from adapters.oci_runtime import command_error
from application.ports.streams import ExecRequest, ProcessStreams
from domain.errors import NotFound, RuntimeFailed, Unavailable, Unsupported
from domain.streams import STDERR, STDOUT, Output, TerminalSize

_QUICK = 30.0
_STDIN, _ERROR, _RESIZE = "stdin", "error", "resize"
_NOT_RUNNING = "is in CONTAINER_"


class CriProcessStreams:
    """application.ports.streams.ExecProcess; the exit code of an attached process is not known here."""

    def __init__(self, connection: Connection, names: tuple[str, ...], *, tty: bool) -> None:
        self._connection = connection
        self._names = names
        self._tty = tty
        self._stdin = _STDIN in names
        self._outputs = set(names) - {_STDIN}
        self._status: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Open the streams; the server waits for exactly these."""
        for name in (_ERROR, *self._names, *([_RESIZE] if self._tty else [])):
            await self._connection.create_stream(name)
        await self._connection.until_replied()

    def hand_over(self) -> dict[str, int]:
        """There are no pipes: the streams share a connection."""
        return {}

    async def output(self) -> AsyncGenerator[Output, None]:
        """Yield output until the output streams and the stream with the status have ended."""
        open_streams = self._outputs | {_ERROR}
        status = b""
        async for name, data in self._connection.received():
            if not data:
                open_streams.discard(name)
            elif name == _ERROR:
                status += data
            elif name in self._outputs:
                yield Output(name, data)
            if not open_streams:
                break
        self._status.set_result(status)
        if open_streams & self._outputs:
            raise Unavailable(SERVICE, "", "connection-lost")

    async def write(self, data: bytes) -> None:
        """Send input, as long as there is a stream for it."""
        if self._stdin:
            await self._connection.send(_STDIN, data)

    async def end_input(self) -> None:
        """Half-close stdin."""
        if self._stdin:
            self._stdin = False
            await self._connection.finish(_STDIN)

    async def resize(self, size: TerminalSize) -> None:
        """Send the terminal's size."""
        if self._tty:
            words = json.dumps({"Width": size.columns, "Height": size.rows})
            await self._connection.send(_RESIZE, words.encode())

    async def signal(self, number: int) -> None:
        """Raise Unsupported: CRI has no signals for further processes."""
        raise Unsupported("exec-signal", SERVICE, str(number))

    async def wait(self) -> int:
        """Return the exit code that the server sent. All output must be read before.

        Raises what a failed start means.
        """
        return exit_code(await self._status)


class CriContainerStreams:
    """application.ports.streams.ContainerStreams through CRI's Attach."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = RuntimeServiceStub(channel)

    @asynccontextmanager
    async def attach(self, runtime_id: str, *, tty: bool, stdin: bool) -> AsyncIterator[ProcessStreams]:
        """Call Attach, and open the streams."""
        outputs = (STDOUT,) if tty else (STDOUT, STDERR)
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(self._opened(runtime_id, outputs, tty=tty))
            if not stdin:
                yield opened
                return
            typed = await stack.enter_async_context(self._opened(runtime_id, (_STDIN,), tty=tty))
            yield _InputApart(opened, typed)

    @asynccontextmanager
    async def _opened(
        self, runtime_id: str, names: tuple[str, ...], *, tty: bool
    ) -> AsyncIterator[CriProcessStreams]:
        request = cri.AttachRequest(
            container_id=runtime_id, tty=tty, **{name: name in names for name in (_STDIN, STDOUT, STDERR)}
        )
        with _running(runtime_id):
            url = (await self._stub.Attach(request, timeout=_QUICK)).url
        async with _opened(url, names, tty=tty) as streams:
            yield streams


class _InputApart:
    """A container's streams over two connections: one for its output, one for its input.

    A server that closes a connection on which data still arrives loses what it has not sent yet: TCP
    answers with a reset. So nothing is sent on the connection of the output.
    """

    def __init__(self, opened: CriProcessStreams, typed: CriProcessStreams) -> None:
        self.output = opened.output
        self.write, self.end_input, self.resize = typed.write, typed.end_input, typed.resize


class CriExecs:
    """application.ports.streams.Execs through CRI's Exec, which knows a command and nothing else."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = RuntimeServiceStub(channel)

    @asynccontextmanager
    async def start(self, runtime_id: str, request: ExecRequest) -> AsyncIterator[CriProcessStreams]:
        """Call Exec. Raises Unsupported for requests that CRI has no words for."""
        for what in ("environment", "working_dir", "user", "privileged"):
            if getattr(request, what):
                raise Unsupported("exec-option", SERVICE, what)
        if not request.streams:
            raise Unsupported("exec-detach", SERVICE)
        ask = cri.ExecRequest(
            container_id=runtime_id,
            cmd=request.arguments,
            tty=request.tty,
            stdin=request.stdin,
            stdout=True,
            stderr=not request.tty,
        )
        with _running(runtime_id):
            url = (await self._stub.Exec(ask, timeout=_QUICK)).url
        outputs = (STDOUT,) if request.tty else (STDOUT, STDERR)
        names = (_STDIN, *outputs) if request.stdin else outputs
        async with _opened(url, names, tty=request.tty) as streams:
            if request.size is not None:
                await streams.resize(request.size)
            yield streams


@asynccontextmanager
async def _opened(url: str, names: tuple[str, ...], *, tty: bool) -> AsyncIterator[CriProcessStreams]:
    connection = await Connection.open(url)
    try:
        streams = CriProcessStreams(connection, names, tty=tty)
        await uninterrupted(streams.open(), "open streams")
        yield streams
    finally:
        connection.close()


@contextmanager
def _running(runtime_id: str) -> Iterator[None]:
    """Raise NotFound of the container when the runtime says that it does not run."""
    try:
        with translated(Subject("container", runtime_id)):
            yield
    except RuntimeFailed as error:
        if _NOT_RUNNING in error.detail:
            raise NotFound("container", runtime_id) from error
        raise


def exit_code(status: bytes) -> int:
    """Return the exit code in a v1.Status (protocol v4).

    Raises CommandNotFound, CommandNotExecutable, RuntimeFailed.
    """
    if not status:
        raise Unavailable(SERVICE, "", "connection-lost")
    outcome = json.loads(status)
    if outcome.get("status") == "Success":
        return 0
    for cause in outcome.get("details", {}).get("causes", ()):
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    text = outcome.get("message", str(outcome))
    raise command_error(text) or RuntimeFailed(SERVICE, "reported", text)
