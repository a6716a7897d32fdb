"""The CLI's connection to the daemon, and how a command runs on it."""

from __future__ import annotations

import asyncio
import errno
import grp
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from domain.errors import InvalidArgument, K3cError, PermissionDenied, RuntimeFailed, Unavailable
from entrypoints.api.callers import TICKET_LENGTH, callers_socket, user_agent
from entrypoints.api.errors import from_call
from entrypoints.api.k3c.v1 import (
    events_pb2_grpc,
    k3c_pb2_grpc,
    lifecycle_pb2_grpc,
    look_pb2_grpc,
    streams_pb2_grpc,
)
from entrypoints.cli.connection.beside import Beside
from entrypoints.cli.context import current
from entrypoints.cli.messages import FAILED, INTERRUPTED, sentence
from entrypoints.cli.usage import UsageError

_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_metadata_size", 64 * 1024),
    ("grpc.enable_http_proxy", 0),
    ("grpc.http2.max_frame_size", 1 << 20),  # logs and files come in large messages
    ("grpc.http2.lookahead_bytes", 1 << 22),
)

_TICKET_PATIENCE = 2.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Client:
    """The daemon's services."""

    channel: grpc.aio.Channel
    containers: k3c_pb2_grpc.ContainerServiceAsyncStub
    lifecycle: lifecycle_pb2_grpc.LifecycleServiceAsyncStub
    streams: streams_pb2_grpc.StreamServiceAsyncStub
    events: events_pb2_grpc.EventServiceAsyncStub
    look: look_pb2_grpc.LookServiceAsyncStub
    images: k3c_pb2_grpc.ImageServiceAsyncStub
    volumes: k3c_pb2_grpc.VolumeServiceAsyncStub
    system: k3c_pb2_grpc.SystemServiceAsyncStub
    beside: Beside


@asynccontextmanager
async def connect(address: str) -> AsyncIterator[Client]:
    """Open a channel; failed calls inside the block come out as domain errors."""
    path = socket_path(address)
    with ticket(path) as (shown, giver):
        options = (*_OPTIONS, ("grpc.primary_user_agent", user_agent(shown)))
        async with grpc.aio.insecure_channel(f"unix://{path}", options=options) as channel:
            try:
                yield _client(channel, giver)
            except grpc.aio.AioRpcError as error:
                raise domain_error(error, path) from error


@contextmanager
def ticket(path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A ticket that says who this process is, "" where none is given, and what gave it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as giver:
        giver.settimeout(_TICKET_PATIENCE)
        try:
            giver.connect(str(callers_socket(path)))
            given = giver.recv(TICKET_LENGTH, socket.MSG_WAITALL).decode()
        except OSError:
            given = ""  # if there is no daemon, the call that follows says so
        yield given, giver


def _client(channel: grpc.aio.Channel, giver: socket.socket) -> Client:
    stub: Any = channel
    return Client(
        channel,
        k3c_pb2_grpc.ContainerServiceStub(stub),
        lifecycle_pb2_grpc.LifecycleServiceStub(stub),
        streams_pb2_grpc.StreamServiceStub(stub),
        events_pb2_grpc.EventServiceStub(stub),
        look_pb2_grpc.LookServiceStub(stub),
        k3c_pb2_grpc.ImageServiceStub(stub),
        k3c_pb2_grpc.VolumeServiceStub(stub),
        k3c_pb2_grpc.SystemServiceStub(stub),
        Beside(giver),
    )


def socket_path(address: str) -> Path:
    """The path in `unix:///path` or `/path`. Raises InvalidArgument."""
    path = address.removeprefix("unix://")
    if not path.startswith("/"):
        raise InvalidArgument("address", address, "address-form")
    return Path(path)


def domain_error(error: grpc.aio.AioRpcError, path: Path) -> K3cError:
    """What a failed call means: the daemon's error, or that there is no daemon to be reached."""
    if carried := from_call(error):
        return carried
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return unreachable(path)
    return RuntimeFailed("daemon", "reported", f"{error.code().name.lower()}: {error.details()}")


def unreachable(path: Path) -> K3cError:
    """Why the daemon's socket cannot be used."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except PermissionError:
            return PermissionDenied(str(path), _group_of(path))
        except OSError as error:
            reason = errno.errorcode.get(error.errno or 0, str(error))
            return Unavailable("daemon", f"unix://{path}", "not-listening", reason)
    return RuntimeFailed("daemon", "connection-lost")


def _group_of(path: Path) -> str:
    """The group that may use the socket: its own, or that of the nearest folder that can be looked at."""
    for place in (path, *path.parents):
        try:
            gid = place.stat().st_gid
        except PermissionError:
            continue
        try:
            return grp.getgrgid(gid).gr_name
        except KeyError:
            return str(gid)
    return ""


@contextmanager
def ended_by_signals(call_: grpc.aio.Call) -> Iterator[list[signal.Signals]]:
    """Cancel the call when a signal comes; the block gives those that came."""
    received: list[signal.Signals] = []

    def receive(number: signal.Signals) -> None:
        received.append(number)
        call_.cancel()

    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, receive, number)
    try:
        yield received
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)


def call(
    command: Callable[[Client], Awaitable[int]], code: Callable[[K3cError], int] = lambda _: FAILED
) -> int:
    """Run a command on the daemon and return its exit code; an error becomes one line on stderr."""

    async def connected() -> int:
        async with connect(current.get().address) as client:
            return await command(client)

    return guard(connected, code)


def guard(command: Callable[[], Awaitable[int]], code: Callable[[K3cError], int] = lambda _: FAILED) -> int:
    """Run a command that may raise domain errors."""

    async def awaited() -> int:
        return await command()

    try:
        return asyncio.run(awaited())
    except K3cError as error:
        fail(error)
        return code(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: keep the exit quiet
        return 128 + 13
    except KeyboardInterrupt:
        return INTERRUPTED


def fail(error: K3cError) -> None:
    """Say on stderr what went wrong; with --debug also where."""
    if current.get().debug:
        import traceback

        traceback.print_exception(error)
    say(f"k3c: {sentence(error)}")


def say(line: str) -> None:
    """One line for the person at the terminal: stderr, since stdout is for the answer."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def answer(line: str) -> None:
    """One line of the answer, on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def for_each(arguments: tuple[str, ...], work: Callable[[Client, str], Awaitable[str]]) -> int:
    """Do the work for every argument side by side; print the answers in order, and every failure."""
    if not arguments:
        raise UsageError("no-argument")

    async def working(client: Client) -> int:
        tasks = [asyncio.ensure_future(work(client, argument)) for argument in arguments]
        failures = [await _outcome(task) for task in tasks]
        return FAILED if any(failures) else 0

    return call(working)


async def _outcome(task: asyncio.Future[str]) -> bool:
    """Print what became of one argument; whether it failed."""
    try:
        answer(await task)
    except grpc.aio.AioRpcError as error:
        fail(domain_error(error, socket_path(current.get().address)))
        return True
    return False
