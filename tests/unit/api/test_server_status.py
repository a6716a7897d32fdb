"""A server that ends a call while much is still being written to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from entrypoints.api.server_status import server_status
from entrypoints.daemon.forward import Forward

_CALLS = 40
_PIECE = bytes(1 << 16)
_METHOD = "/test.Service/Take"


async def _refuse(requests: AsyncIterator[bytes], context: Any) -> None:
    await anext(requests)
    await context.abort(
        grpc.StatusCode.FAILED_PRECONDITION, "read-only", trailing_metadata=(("reason-bin", b"\0ro"),)
    )


class _Service(grpc.GenericRpcHandler):
    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return grpc.stream_stream_rpc_method_handler(_refuse)


async def _serving(handler: grpc.GenericRpcHandler, address: str) -> grpc.aio.Server:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(address)
    await server.start()
    return server


@pytest.fixture
async def refusing(tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a server that refuses every call after its first message."""
    server = await _serving(_Service(), f"unix://{tmp_path}/server")
    async with grpc.aio.insecure_channel(f"unix://{tmp_path}/server") as channel:
        yield channel
    await server.stop(None)


@pytest.fixture
async def forwarded(refusing: grpc.aio.Channel, tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    """The same, through the daemon's forwarding."""
    server = await _serving(Forward(("/test.",), refusing), f"unix://{tmp_path}/forward")
    async with grpc.aio.insecure_channel(f"unix://{tmp_path}/forward") as channel:
        yield channel
    await server.stop(None)


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(32):
        yield _PIECE


async def _ends(channel: grpc.aio.Channel) -> set[tuple[Any, ...]]:
    """How the calls ended: code, details, and the metadata that carries the domain's error."""
    ends = set()
    for number in range(_CALLS):
        streamed = number % 2
        method: Any = channel.stream_stream(_METHOD) if streamed else channel.stream_unary(_METHOD)
        call = method(_pieces())
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            async with server_status(call):
                await (call.read() if streamed else call)
        error = raised.value
        ends.add((error.code(), error.details(), tuple(map(tuple, error.trailing_metadata() or ()))))
    return ends


REFUSED = {(grpc.StatusCode.FAILED_PRECONDITION, "read-only", (("reason-bin", b"\0ro"),))}


async def test_the_servers_own_status_is_raised(refusing: grpc.aio.Channel) -> None:
    assert await _ends(refusing) == REFUSED


async def test_the_servers_own_status_is_forwarded(forwarded: grpc.aio.Channel) -> None:
    assert await _ends(forwarded) == REFUSED
