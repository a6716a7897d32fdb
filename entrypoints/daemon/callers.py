"""Who calls the daemon: tickets for processes, as entrypoints/api/callers.py describes them."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from domain.errors import Unavailable
from domain.events import Caller
from entrypoints.api.callers import (
    FRAME,
    FRAME_STREAMS,
    NO_MORE,
    callers_socket,
    hand_over,
    new_ticket,
    ticket_of,
)
from entrypoints.daemon.sockets import in_its_place

_CREDENTIALS = struct.Struct("iII")  # pid, uid, gid
_SO_SNDBUFFORCE = 32  # asm-generic/socket.h; Python's module has no name for it
_SENT_AHEAD = 1 << 20
_NUMBERS = {stream: number for number, stream in FRAME_STREAMS.items()}
_Send = Callable[[str, bytes], Awaitable[None]]


class Connection:
    """The connection that gave a caller its ticket. Output may go over it, of a single call at a time."""

    def __init__(self, caller: Caller, descriptor: int) -> None:
        self.caller = caller
        self._descriptor = descriptor
        self.is_free = True

    def hand_over(self, descriptors: Sequence[int]) -> None:
        """Give the caller copies of descriptors. Raises Unavailable when the caller is gone."""
        with socket.socket(fileno=os.dup(self._descriptor)) as peer:
            try:
                hand_over(peer, descriptors)
            except OSError as error:
                raise Unavailable("caller", "", "reported", str(error)) from error

    @asynccontextmanager
    async def outputs(self) -> AsyncIterator[_Send]:
        """Open the connection for output; the block's value sends data of a stream.

        When the block ends, the caller is sent the mark that there is no more output. Sending waits for the
        caller to read, and raises Unavailable when the caller is gone. A cancelled send may have sent a
        part of its data, so the connection is not used again after a cancellation.
        """
        self.is_free = False
        with socket.socket(fileno=os.dup(self._descriptor)) as peer:
            peer.settimeout(0)
            with suppress(PermissionError):  # it is slower then
                peer.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _SENT_AHEAD)

            async def send(stream: str, data: bytes) -> None:
                await _send(peer, _NUMBERS[stream], data)

            failure: Exception | None = None
            try:
                yield send
            except Exception as error:  # noqa: BLE001 - raised below, once the caller knows of the end
                failure = error
            await _send(peer, NO_MORE, b"")
        self.is_free = True
        if failure is not None:
            raise failure


async def _send(peer: socket.socket, number: int, data: bytes) -> None:
    try:
        await asyncio.get_running_loop().sock_sendall(peer, FRAME.pack(number, len(data)) + data)
    except OSError as error:
        raise Unavailable("caller", "", "reported", str(error)) from error


beside: ContextVar[Connection | None] = ContextVar("beside", default=None)
"""The connection of who called, in the tasks of a call."""


class Callers:
    """The processes that hold a ticket."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}

    def of(self, agent: str) -> Connection | None:
        """Find the connection of the caller whose ticket is in a `user-agent` header; None without a ticket."""
        return self._connections.get(ticket_of(agent))

    @asynccontextmanager
    async def admitted(self, address: Path, *, uid: int, gid: int) -> AsyncIterator[None]:
        """Give tickets for the daemon at this socket, for the time of the block."""
        place = callers_socket(address)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            with in_its_place(place, uid=uid, gid=gid) as hidden:
                listener.bind(str(hidden))
                listener.listen()
            server = await asyncio.start_unix_server(self._admit, sock=listener)
            try:
                yield
            finally:
                place.unlink(missing_ok=True)
                server.close()

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("socket")
        pid, uid, _ = _CREDENTIALS.unpack(
            peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        )
        ticket = new_ticket()
        self._connections[ticket] = Connection(Caller(uid, pid), peer.fileno())
        try:
            writer.write(ticket.encode())
            while await reader.read(1024):
                pass  # nothing is said here; the end is what is waited for
        except ConnectionError:
            return  # it went without a word
        finally:
            del self._connections[ticket]
            writer.close()
