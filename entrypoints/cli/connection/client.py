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
    container_pb2_grpc,
    event_pb2_grpc,
    image_pb2_grpc,
    stream_pb2_grpc,
    system_pb2_grpc,
    volume_pb2_grpc,
)
from entrypoints.cli.connection.beside import Beside
from entrypoints.cli.context import current
from entrypoints.cli.messages import FAILED, INTERRUPTED, sentence

_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_metadata_size", 64 * 1024),
    ("grpc.enable_http_proxy", 0),
    ("grpc.http2.max_frame_size", 1 << 20),  # logs and files come in large messages
    ("grpc.http2.lookahead_bytes", 1 << 22),
)

_TICKET_TIMEOUT = 2.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Client:
    """The daemon's services."""

    channel: grpc.aio.Channel
    containers: container_pb2_grpc.ContainerServiceAsyncStub
    streams: stream_pb2_grpc.StreamServiceAsyncStub
    images: image_pb2_grpc.ImageServiceAsyncStub
    volumes: volume_pb2_grpc.VolumeServiceAsyncStub
    events: event_pb2_grpc.EventServiceAsyncStub
    system: system_pb2_grpc.SystemServiceAsyncStub
    beside: Beside


@asynccontextmanager
async def connect(address: str) -> AsyncIterator[Client]:
    """Open a channel to the daemon for the time of the block.

    Raises InvalidArgument for an address that is no unix socket; failed calls in the block are raised as
    domain errors.
    """
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
    """Ask for a ticket that says who this process is; the ticket is valid for the time of the block.

    The block's value is the ticket, "" where the daemon gives none, and the connection that gave it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as giver:
        giver.settimeout(_TICKET_TIMEOUT)
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
        container_pb2_grpc.ContainerServiceStub(stub),
        stream_pb2_grpc.StreamServiceStub(stub),
        image_pb2_grpc.ImageServiceStub(stub),
        volume_pb2_grpc.VolumeServiceStub(stub),
        event_pb2_grpc.EventServiceStub(stub),
        system_pb2_grpc.SystemServiceStub(stub),
        Beside(giver),
    )


def socket_path(address: str) -> Path:
    """Return the path in `unix:///path` or `/path`. Raises InvalidArgument."""
    path = address.removeprefix("unix://")
    if not path.startswith("/"):
        raise InvalidArgument("address", address, "use unix:///path")
    return Path(path)


def domain_error(error: grpc.aio.AioRpcError, path: Path) -> K3cError:
    """Map a failed call to the daemon's error, or to the error that the daemon cannot be reached."""
    if carried := from_call(error):
        return carried
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return unreachable(path)
    return RuntimeFailed("daemon", f"{error.code().name.lower()}: {error.details()}")


def unreachable(path: Path) -> K3cError:
    """Find out why the daemon's socket cannot be used."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except PermissionError:
            return PermissionDenied(str(path), _group_of(path))
        except OSError as error:
            return Unavailable("daemon", f"unix://{path}", errno.errorcode.get(error.errno or 0, str(error)))
    return RuntimeFailed("daemon", "the connection was lost")


def _group_of(path: Path) -> str:
    """Return the group that may use the socket: the socket's own, or that of the nearest readable folder above it."""
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
    """Cancel the call when a signal comes; the block's value is the list of signals that came."""
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
    """Connect to the daemon, run a command and return its exit code; an error becomes a line on stderr."""

    async def connected() -> int:
        async with connect(current.get().address) as client:
            return await command(client)

    return guard(connected, code)


def guard(command: Callable[[], Awaitable[int]], code: Callable[[K3cError], int] = lambda _: FAILED) -> int:
    """Run a command that may raise domain errors and return its exit code; an error becomes a line on stderr."""

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
    """Print on stderr what went wrong; with --debug also where."""
    if current.get().debug:
        import traceback

        traceback.print_exception(error)
    print_notice(f"k3c: {sentence(error)}")


def print_notice(line: str) -> None:
    """Print a line for the person at the terminal, on stderr: stdout is for results."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def print_result(line: str) -> None:
    """Print a line of the command's result, on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def for_each(arguments: tuple[str, ...], work: Callable[[Client, str], Awaitable[str]]) -> int:
    """Do the work for every argument at the same time; print the results in order, and every failure.

    The exit code says whether any argument failed. Raises InvalidArgument without arguments.
    """
    if not arguments:
        raise InvalidArgument("arguments", "", "name at least one")

    async def working(client: Client) -> int:
        tasks = [asyncio.ensure_future(work(client, argument)) for argument in arguments]
        failures = [await _outcome(task) for task in tasks]
        return FAILED if any(failures) else 0

    return call(working)


async def _outcome(task: asyncio.Future[str]) -> bool:
    """Print the result or the failure of an argument; return whether it failed."""
    try:
        print_result(await task)
    except grpc.aio.AioRpcError as error:
        fail(domain_error(error, socket_path(current.get().address)))
        return True
    return False
