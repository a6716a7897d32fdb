"""A call of ttrpc, the protocol of shims: gRPC's messages in frames of its own, on a unix socket."""

from __future__ import annotations

import asyncio
import struct

from adapters.containerd.proto.ttrpc_pb2 import Request, Response
from domain.errors import NotFound, RuntimeFailed, Unavailable

_HEADER = struct.Struct(">IIBB")  # length of the message, stream, type, flags
_STREAM = 1  # a client's are odd
_REQUEST, _RESPONSE = 1, 2
_LARGEST = 4 << 20  # bytes, by ttrpc's PROTOCOL.md
_NOT_FOUND = 5  # of google.rpc.Code


async def call(path: str, service: str, method: str, payload: bytes, *, timeout: float) -> bytes:
    """Call a method on a connection of its own, for `timeout` seconds at most; return the response's payload.

    Raises NotFound, Unavailable, RuntimeFailed.
    """
    request = Request(service=service, method=method, payload=payload, timeout_nano=int(timeout * 1e9))
    try:
        async with asyncio.timeout(timeout):
            answer = await _exchange(path, request.SerializeToString())
    except (OSError, EOFError, TimeoutError) as error:
        raise Unavailable("shim", path, str(error) or type(error).__name__) from error
    response = Response.FromString(answer)
    if response.status.code == _NOT_FOUND:
        raise NotFound("container", response.status.message)
    if response.status.code:
        raise RuntimeFailed("shim", response.status.message)
    return response.payload


async def _exchange(path: str, request: bytes) -> bytes:
    """Send a request and read its response, which is the only message that follows a request without flags."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(_HEADER.pack(len(request), _STREAM, _REQUEST, 0) + request)
        length, stream, kind, _ = _HEADER.unpack(await reader.readexactly(_HEADER.size))
        if (stream, kind) != (_STREAM, _RESPONSE) or length > _LARGEST:
            raise RuntimeFailed("shim", f"{path} answers with stream {stream}, type {kind}, {length} bytes")
        return await reader.readexactly(length)
    finally:
        writer.close()
