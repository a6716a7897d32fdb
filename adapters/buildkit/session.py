"""A BuildKit session: the services that the daemon calls back while it builds for us.

`Control/Session` carries bytes both ways, in which the daemon is the client of an HTTP/2 connection.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import grpc.aio
from h2.exceptions import ProtocolError

from adapters.buildkit.calls import Handler, dispatcher, unary
from adapters.buildkit.http2 import Http2Server
from adapters.buildkit.proto.control_pb2 import BytesMessage

if TYPE_CHECKING:  # the generated typing knows it, the module does not
    from adapters.buildkit.proto.control_pb2_grpc import ControlAsyncStub

_log = logging.getLogger(__name__)

_HEALTH = "/grpc.health.v1.Health/Check"
_SERVING = b"\x08\x01"  # HealthCheckResponse{status: SERVING}

_Tunnel: TypeAlias = "grpc.aio.StreamStreamCall[BytesMessage, BytesMessage]"


class Session:
    """A session with the daemon. `id` is what `SolveRequest.Session` names it by.

    `shared_key` groups the sessions whose local sources are the same folders: the daemon keeps what it last
    got from them, and then asks only for the changes.
    """

    def __init__(self, control: ControlAsyncStub, shared_key: str, handlers: Mapping[str, Handler]) -> None:
        self.id = str(uuid.uuid4())
        self._control = control
        self._shared_key = shared_key
        self._handlers = {_HEALTH: unary(_healthy), **handlers}

    async def serve(self) -> None:
        """Serve until the daemon ends the session, the tunnel breaks, or the call is cancelled.

        A broken tunnel is no error here: the Solve call that needed it says what happened. Nothing is left
        running when this returns.
        """
        tunnel = self._control.Session(metadata=self._metadata())
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._pump(tunnel, tasks)
                _end()
        except* (_Ended, grpc.aio.AioRpcError, asyncio.InvalidStateError, ProtocolError) as group:
            _log.debug("session %s ended: %r", self.id, group.exceptions)
        finally:
            tunnel.cancel()

    async def _pump(self, tunnel: _Tunnel, tasks: asyncio.TaskGroup) -> None:
        server = Http2Server(dispatcher(self._handlers), tasks)

        async def write(data: bytes) -> None:
            await tunnel.write(BytesMessage(data=data))

        tasks.create_task(server.transmit(write), name="session writer")
        while not server.terminated:
            message = await tunnel.read()
            if not isinstance(message, BytesMessage):
                return
            server.receive(message.data)

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        methods = (("x-docker-expose-session-grpc-method", path) for path in self._handlers)
        return (
            ("x-docker-expose-session-uuid", self.id),
            ("x-docker-expose-session-sharedkey", self._shared_key),
            *methods,
        )


class _Ended(Exception):
    """Makes a task group cancel what still runs in it."""


def _end() -> None:
    raise _Ended


async def _healthy(_request: bytes) -> bytes:
    return _SERVING
