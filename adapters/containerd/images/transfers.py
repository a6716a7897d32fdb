"""containerd's transfer service: a call, with progress and credentials on streams beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import grpc
from google.protobuf.message import Message

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.images.transfer_streams import Stream, open_stream, packed
from adapters.containerd.proto.transfer_pb2 import TransferOptions, TransferRequest
from adapters.containerd.proto.transfer_pb2_grpc import TransferStub
from adapters.containerd.proto.transfer_types_pb2 import AuthRequest, AuthResponse, AuthType, Progress
from domain.image import DEFAULT_REGISTRY, Credentials

_LAST_WORDS = 2.0  # seconds for containerd to close the progress stream, which it does last of all
_HUB = "registry-1.docker.io"


async def transfer(
    channel: grpc.aio.Channel, source: Message, destination: Message, lease: str = ""
) -> AsyncGenerator[Progress, None]:
    """Run a transfer to its end and yield its progress. Raises gRPC's errors.

    What it brings into the store is held by the lease; without one, by a lease that ends with it.
    Closing the iterator, or cancelling, ends the transfer; containerd has ended it when that returns.
    """
    async with open_stream(channel, "progress") as stream:
        request = TransferRequest(
            source=packed(source),
            destination=packed(destination),
            options=TransferOptions(progress_stream=stream.id),
        )
        metadata = (*NAMESPACE, *((("containerd-lease", lease),) if lease else ()))
        call = TransferStub(channel).Transfer(request, metadata=metadata)
        queue: asyncio.Queue[Progress | None] = asyncio.Queue()
        reading = asyncio.create_task(_read(stream, queue), name="transfer progress")
        call.add_done_callback(partial(_end_soon, reading))
        try:
            while (step := await queue.get()) is not None:
                yield step
            await call
        finally:
            call.cancel()
            await asyncio.wait({reading}, timeout=_LAST_WORDS)
            reading.cancel()
            await asyncio.wait({reading})


def _end_soon(reading: asyncio.Task[None], _call: object) -> None:
    """End the reading of progress, should containerd not end the stream when the transfer is over."""
    reading.get_loop().call_later(_LAST_WORDS, reading.cancel)


async def _read(stream: Stream, queue: asyncio.Queue[Progress | None]) -> None:
    """Pass progress on, then None."""
    try:
        with suppress(grpc.aio.AioRpcError):  # the call itself says what went wrong
            async for message in stream.messages():
                queue.put_nowait(Progress.FromString(message.value))
    finally:
        queue.put_nowait(None)


@asynccontextmanager
async def credentials_stream(
    channel: grpc.aio.Channel, credentials: Credentials | None, registry: str
) -> AsyncIterator[str]:
    """Open a stream that answers containerd's requests for credentials; give its id, "" without credentials.

    Only the registry itself gets the credentials: a mirror of it does not.
    """
    if credentials is None:
        yield ""
        return
    async with open_stream(channel, "auth") as stream:
        answering = asyncio.create_task(
            _serve_credentials(stream, credentials, registry), name="registry credentials"
        )
        try:
            yield stream.id
        finally:
            answering.cancel()
            await asyncio.wait({answering})


async def _serve_credentials(stream: Stream, credentials: Credentials, registry: str) -> None:
    with suppress(grpc.aio.AioRpcError):  # the transfer itself says what went wrong
        async for message in stream.messages():
            await stream.send(
                auth_response(AuthRequest.FromString(message.value).host, credentials, registry)
            )


def auth_response(host: str, credentials: Credentials, registry: str) -> AuthResponse:
    """Return the response to a host that asks; a secret without a username is a refresh token."""
    if host not in {registry, _HUB if registry == DEFAULT_REGISTRY else registry}:
        return AuthResponse(authType=AuthType.NONE)
    kind = AuthType.CREDENTIALS if credentials.username else AuthType.REFRESH
    return AuthResponse(authType=kind, username=credentials.username, secret=credentials.secret)
