"""Published ports that the packet filter cannot serve: those at IPv6 addresses, since pods have only IPv4."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field

from adapters.host.errors import cannot_bind
from application.support.compensation import compensating
from domain.network import PortBinding

_CHUNK = 1 << 16
_BACKLOG = 128


@dataclass
class _Opened:
    """The sockets and connections of an owner."""

    servers: list[asyncio.Server] = field(default_factory=list)
    conversations: set[asyncio.Task[None]] = field(default_factory=set)
    closed: bool = False


class TcpPortRelays:
    """application.ports.host.PortRelays in this process, with a socket for each binding. They end with the daemon."""

    def __init__(self) -> None:
        self._opened: dict[str, _Opened] = {}

    async def open(self, sandbox_id: str, bindings: tuple[PortBinding, ...], address: str) -> None:
        """Listen on all ports. Raises PortInUse, and then listens on none of them."""
        await self.close(sandbox_id)
        async with compensating() as undo:
            undo.add(lambda: self.close(sandbox_id))
            for binding in bindings:
                await self.add(sandbox_id, binding, address)

    async def add(self, sandbox_id: str, binding: PortBinding, address: str) -> None:
        """Listen on one more port."""
        await _listen(self._opened.setdefault(sandbox_id, _Opened()), binding, address)

    async def close(self, sandbox_id: str) -> None:
        """Stop listening, and end the connections."""
        opened = self._opened.pop(sandbox_id, _Opened())
        opened.closed = True
        for server in opened.servers:
            server.close()
        for conversation in opened.conversations:
            conversation.cancel()


async def _listen(opened: _Opened, binding: PortBinding, address: str) -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if opened.closed:  # it was accepted just before, and nothing else would end it
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        opened.conversations.add(task)
        try:
            await _relay((address, binding.container_port), reader, writer)
        finally:
            opened.conversations.discard(task)
            writer.close()

    try:
        server = await asyncio.start_server(converse, sock=_bound(binding), limit=_CHUNK)
    except OSError as error:
        raise cannot_bind(error, binding, "") from error
    opened.servers.append(server)


async def _relay(target: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection(*target, limit=_CHUNK)
    except OSError:
        writer.transport.abort()  # nothing listens in the container: the client sees its connection reset
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
