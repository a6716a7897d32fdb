"""Forwards whole services to another gRPC server, with the bytes of messages untouched.

`Forward(prefixes, channel)` is all that the server knows of it, so that another router can take its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from entrypoints.api.server_status import server_status

_Context = grpc.aio.ServicerContext[bytes, bytes]
# Headers of a single hop, and headers that gRPC sets itself.
_HOP_BY_HOP = ("grpc-", "user-agent", "content-type", "te", ":", "host")


class Forward(grpc.GenericRpcHandler):
    """Answers every method whose path starts with one of the prefixes by calling it on the channel."""

    def __init__(self, prefixes: tuple[str, ...], channel: grpc.aio.Channel) -> None:
        self._prefixes = prefixes
        self._channel = channel

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return a handler that forwards the call, None for services without one of the prefixes."""
        method = handler_call_details.method
        if not method.startswith(self._prefixes):
            return None

        async def forward(requests: AsyncIterator[bytes], context: _Context) -> None:
            await self._forward(method, requests, context)

        return grpc.stream_stream_rpc_method_handler(forward)

    async def _forward(self, method: str, requests: AsyncIterator[bytes], context: _Context) -> None:
        metadata = [
            (key, value)
            for key, value in context.invocation_metadata() or ()
            if not key.startswith(_HOP_BY_HOP) or key == "grpc-trace-bin"
        ]
        call: Any = self._channel.stream_stream(method)(metadata=metadata)
        sending = asyncio.create_task(_send(requests, call), name=f"forward {method}")
        try:
            async with server_status(call):
                await context.send_initial_metadata(await call.initial_metadata())
                while (answer := await call.read()) is not grpc.aio.EOF:
                    await context.write(answer)
            context.set_trailing_metadata(tuple(await call.trailing_metadata()))
        except grpc.aio.AioRpcError as error:
            await context.abort(
                error.code(), error.details() or "", trailing_metadata=tuple(error.trailing_metadata() or ())
            )
        finally:
            sending.cancel()
            call.cancel()
            await asyncio.wait({sending})


async def _send(requests: AsyncIterator[bytes], call: Any) -> None:
    try:
        async for request in requests:
            await call.write(request)
        await call.done_writing()
    except (asyncio.InvalidStateError, grpc.aio.AioRpcError):
        return  # the call has ended: its status is what the caller gets
