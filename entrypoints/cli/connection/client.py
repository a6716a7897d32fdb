"""Streams to and from the daemon, over grpc.aio, and how a command runs on them.

What only asks and gets its answer is in `connection.unary`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from domain.errors import K3cError
from entrypoints.api.callers import user_agent
from entrypoints.api.errors import details_of
from entrypoints.api.k3c.v1 import (
    container_pb2_grpc,
    image_pb2_grpc,
    system_pb2_grpc,
    volume_pb2_grpc,
)
from entrypoints.cli.connection.beside import Beside
from entrypoints.cli.connection.reach import call_error, socket_path, ticket
from entrypoints.cli.context import current
from entrypoints.cli.messages import FAILED
from entrypoints.cli.ui.output import guard, print_notice, print_result

__all__ = ["Client", "call", "connect", "domain_error", "print_notice", "print_result"]

_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_metadata_size", 64 * 1024),
    ("grpc.enable_http_proxy", 0),
    ("grpc.http2.max_frame_size", 1 << 20),  # logs and files come in large messages
    ("grpc.http2.lookahead_bytes", 1 << 22),
)


@dataclass(frozen=True)
class Client:
    """The daemon's services."""

    channel: grpc.aio.Channel
    containers: container_pb2_grpc.ContainerServiceAsyncStub
    images: image_pb2_grpc.ImageServiceAsyncStub
    volumes: volume_pb2_grpc.VolumeServiceAsyncStub
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


def _client(channel: grpc.aio.Channel, giver: socket.socket) -> Client:
    stub: Any = channel
    return Client(
        channel,
        container_pb2_grpc.ContainerServiceStub(stub),
        image_pb2_grpc.ImageServiceStub(stub),
        volume_pb2_grpc.VolumeServiceStub(stub),
        system_pb2_grpc.SystemServiceStub(stub),
        Beside(giver),
    )


def domain_error(error: grpc.aio.AioRpcError, path: Path) -> K3cError:
    """Map a failed call to the daemon's error, or to the error that the daemon cannot be reached."""
    return call_error(error.code().value[0], error.details() or "", details_of(error), path)


def call(
    command: Callable[[Client], Awaitable[int]], code: Callable[[K3cError], int] = lambda _: FAILED
) -> int:
    """Connect to the daemon, run a command and return its exit code; an error becomes a line on stderr."""

    async def connected() -> int:
        async with connect(current.get().address) as client:
            return await command(client)

    return guard(lambda: asyncio.run(connected()), code)
