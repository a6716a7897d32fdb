"""Streams that accompany a containerd call, which names them by their ids."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import Message

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.proto.streaming_pb2 import StreamInit
from adapters.containerd.proto.streaming_pb2_grpc import StreamingStub
from adapters.containerd.proto.transfer_types_pb2 import Data, WindowUpdate

_CHUNK = 32 * 1024  # bytes: what containerd's own sender uses at the most
_CLOSED = (grpc.aio.AioRpcError, asyncio.InvalidStateError)


def packed(message: Message) -> any_pb2.Any:
    """Pack a message in an Any whose URL is the bare name.

    containerd does not know the type with a host in its URL.
    """
    return any_pb2.Any(type_url=message.DESCRIPTOR.full_name, value=message.SerializeToString())


class Stream:
    """A stream that the server has acknowledged, so that its id may be used."""

    def __init__(self, stream_id: str, call: Any) -> None:
        self.id = stream_id
        self._call = call

    async def messages(self) -> AsyncIterator[any_pb2.Any]:
        """Yield what the server sends, until it closes the stream."""
        while (message := await self._call.read()) is not grpc.aio.EOF:
            yield message

    async def send(self, message: Message) -> None:
        """Send a message."""
        await self._call.write(packed(message))

    async def send_bytes(self, chunks: AsyncIterator[bytes]) -> None:
        """Send data within the window that the server gives, then close our side.

        A server that wants no more data ends this early: the call that the data is for says why. What
        `chunks` raises is raised.
        """
        window = 0
        async for chunk in chunks:
            for start in range(0, len(chunk), _CHUNK):
                piece = chunk[start : start + _CHUNK]
                while window < len(piece):
                    if not (update := await self._window_update()):
                        return
                    window += update
                if not await self._accepted(Data(data=piece)):
                    return
                window -= len(piece)
        with suppress(*_CLOSED):
            await self._call.done_writing()

    async def _accepted(self, message: Message) -> bool:
        try:
            await self.send(message)
        except _CLOSED:
            return False
        return True

    async def _window_update(self) -> int:
        """Return how many more bytes may be sent, 0 for a closed stream."""
        try:
            message = await self._call.read()
        except _CLOSED:
            return 0
        return 0 if message is grpc.aio.EOF else int(WindowUpdate.FromString(message.value).update)


@asynccontextmanager
async def open_stream(channel: grpc.aio.Channel, purpose: str) -> AsyncIterator[Stream]:
    """Open a stream for the time of the block."""
    stream_id = f"k3c-{purpose}-{secrets.token_hex(8)}"
    call: Any = StreamingStub(channel).Stream(metadata=NAMESPACE)
    try:
        await call.write(packed(StreamInit(id=stream_id)))
        await call.read()  # the acknowledgement: before it the id is not known
        yield Stream(stream_id, call)
    finally:
        call.cancel()
