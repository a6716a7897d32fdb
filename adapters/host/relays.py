"""Published ports that the packet filter cannot give: those at IPv6 addresses, since pods have IPv4 only."""

from __future__ import annotations

import asyncio
import socket

from adapters.host.errors import cannot_bind
from application.compensation import compensating
from domain.network import PortBinding

_CHUNK = 1 << 16
_BACKLOG = 128


class TcpPortRelays:
    """PortRelays in this process, one listening socket a binding. They end with the daemon."""

    def __init__(self) -> None:
        self._servers: dict[str, list[asyncio.Server]] = {}
        self._conversations: dict[str, set[asyncio.Task[None]]] = {}

    async def open(self, sandbox_id: str, bindings: tuple[PortBinding, ...], address: str) -> None:
        """Listen. Raises PortInUse, with none of them open."""
        await self.close(sandbox_id)
        self._servers[sandbox_id] = []
        self._conversations[sandbox_id] = set()
        async with compensating() as undo:
            undo.add(lambda: self.close(sandbox_id))
            for binding in bindings:
                await self._listen(sandbox_id, binding, address)

    async def close(self, sandbox_id: str) -> None:
        """Stop listening, and end what goes through."""
        for server in self._servers.pop(sandbox_id, []):
            server.close()
        for conversation in self._conversations.pop(sandbox_id, set()):
            conversation.cancel()

    async def _listen(self, sandbox_id: str, binding: PortBinding, address: str) -> None:
        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._converse(sandbox_id, (address, binding.container_port), reader, writer)

        try:
            server = await asyncio.start_server(converse, sock=_bound(binding), limit=_CHUNK)
        except OSError as error:
            raise cannot_bind(error, binding, "") from error
        self._servers[sandbox_id].append(server)

    async def _converse(
        self,
        sandbox_id: str,
        target: tuple[str, int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations = self._conversations.get(sandbox_id, set())
        conversations.add(task)
        try:
            await _relay(target, reader, writer)
        finally:
            conversations.discard(task)
            writer.close()


async def _relay(target: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection(*target, limit=_CHUNK)
    except OSError:
        writer.transport.abort()  # nobody listens in the container: the caller sees its connection reset
        return
    try:
        async with asyncio.TaskGroup() as both_ways:
            both_ways.create_task(_pump(reader, inner_writer))
            both_ways.create_task(_pump(inner_reader, writer))
    finally:
        inner_writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass everything on, then the end, so that a half-closed connection stays half open."""
    try:
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
    except OSError:
        sink.transport.abort()  # a connection that breaks on one side breaks on the other


def _bound(binding: PortBinding) -> socket.socket:
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((binding.host_address, binding.host_port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
