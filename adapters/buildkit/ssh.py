"""`moby.sshforward.v1.SSH`: SSH agents of the caller's, for steps with `RUN --mount=type=ssh`.

What goes through is not looked at: a call is a connection to the agent's socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import grpc

from adapters.buildkit.calls import Call, CallFailed, Handler, unary
from adapters.buildkit.proto.ssh_pb2 import BytesMessage, CheckAgentRequest

CHECK = "/moby.sshforward.v1.SSH/CheckAgent"
FORWARD = "/moby.sshforward.v1.SSH/ForwardAgent"
DEFAULT = "default"
"""The id of an agent that a step does not name."""

_ID = "buildkit.ssh.id"
_CHUNK = 32 << 10


def handlers(agents: Mapping[str, Path]) -> dict[str, Handler]:
    """Return the methods that the daemon may call, on the sockets of agents by their ids."""

    async def check(request: bytes) -> bytes:
        _socket(agents, CheckAgentRequest.FromString(request).ID)
        return b""

    async def forward(call: Call) -> None:
        path = _socket(agents, call.metadata.get(_ID, ("",))[0])
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError as error:
            reason = f"the SSH agent at {path}: {error.strerror or error}"
            raise CallFailed(grpc.StatusCode.UNAVAILABLE, reason) from error
        try:
            await _relay(call, reader, writer)
        finally:
            writer.close()

    return {CHECK: unary(check), FORWARD: forward}


def _socket(agents: Mapping[str, Path], name: str) -> Path:
    found = agents.get(name or DEFAULT)
    if found is None:
        raise CallFailed(grpc.StatusCode.NOT_FOUND, f"no SSH agent {name or DEFAULT}, use --ssh")
    return found


async def _relay(call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes both ways until the agent says no more; the step's end closes the agent's input."""
    sending = asyncio.create_task(_to_agent(call, writer), name="to SSH agent")
    try:
        while data := await reader.read(_CHUNK):
            await call.send(BytesMessage(data=data).SerializeToString())
    except OSError as error:
        raise CallFailed(grpc.StatusCode.UNAVAILABLE, f"the SSH agent: {error.strerror or error}") from error
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def _to_agent(call: Call, writer: asyncio.StreamWriter) -> None:
    try:
        while (message := await call.receive()) is not None:
            writer.write(BytesMessage.FromString(message).data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        return  # the agent has left: the other direction ends by that
