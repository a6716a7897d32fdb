"""A client of SPDY/3.1, as far as CRI's streaming servers speak it (moby/spdystream).

The servers have no flow control beside TCP's, and take headers compressed without SPDY's dictionary.
https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.errors import Unavailable

SERVICE = "container runtime's streams"
_PROTOCOL = "v4.channel.k8s.io"
_CONTROL = 0x8003
_DATA = 0
_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _PING, _GOAWAY = 1, 2, 3, 6, 7
_FIN = 0x01
_LONGEST_DATA = 1 << 16
_LIMIT = 1 << 20
_SWITCHED = b"101"
_HEAD = struct.Struct(">II")


@dataclass(frozen=True)
class _Frame:
    control: int  # its type, _DATA for data
    stream: int
    flags: int
    body: bytes


class Connection:
    """An upgraded connection. Streams are known by their types (`stdin`, `stdout`, `error`, …)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._headers = zlib.compressobj()
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._frames: deque[_Frame] = deque()  # those that have arrived
        self._rest = bytearray()  # what has arrived of the one after them

    @classmethod
    async def open(cls, url: str) -> Connection:
        """Connect and upgrade. Raises Unavailable."""
        parts = urlsplit(url)
        request = (
            f"POST {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\n"
            f"Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: {_PROTOCOL}\r\nContent-Length: 0\r\n\r\n"
        )
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_LIMIT)
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Unavailable(SERVICE, parts.netloc, str(error)) from error
        status = head.split(b" ", 2)[1]
        if status != _SWITCHED:
            writer.close()
            raise Unavailable(SERVICE, parts.netloc, f"it answers {status.decode(errors='replace')}")
        return cls(reader, writer)

    def close(self) -> None:
        """Close the connection, with all its streams."""
        self._writer.transport.abort()

    async def create_stream(self, name: str) -> None:
        """Ask for a stream of this type; the server begins when it has all streams that it waits for."""
        stream = 2 * len(self._ids) + 1
        self._ids[name], self._names[stream] = stream, name
        pair = b"".join(struct.pack(">I", len(part)) + part for part in (b"streamtype", name.encode()))
        block = self._headers.compress(struct.pack(">I", 1) + pair) + self._headers.flush(zlib.Z_SYNC_FLUSH)
        await self._control(_SYN_STREAM, struct.pack(">IIBB", stream, 0, 0, 0) + block)

    async def until_replied(self) -> None:
        """Return when the server has accepted all streams that were created. Raises Unavailable.

        A connection must not be closed before: a server waits for ever to write to a stream that it has not
        replied to, and all that a container writes waits behind it (moby/spdystream's Stream.WriteData).
        """
        waiting = set(self._names)
        early = []
        while waiting:
            frame = await self._frame()
            if frame is None:
                raise Unavailable(SERVICE, "", "the connection was lost")
            if frame.control in (_SYN_REPLY, _RST_STREAM):
                waiting.discard(frame.stream)
            if frame.control != _SYN_REPLY:
                early.append(frame)
        self._frames.extendleft(reversed(early))

    async def send(self, name: str, data: bytes) -> None:
        """Send data on a stream. Raises Unavailable."""
        for start in range(0, len(data), _LONGEST_DATA):
            await self._data(name, data[start : start + _LONGEST_DATA], 0)

    async def finish(self, name: str) -> None:
        """Send the end of a stream; the other direction stays open."""
        await self._data(name, b"", _FIN)

    async def received(self) -> AsyncGenerator[tuple[str, bytes], None]:
        """Yield data by stream until the connection ends; empty data is a stream's end. Raises Unavailable.

        What has arrived of a stream is joined: a terminal's output arrives in very many frames.
        """
        while frame := await self._frame():
            if frame.control == _GOAWAY:
                return
            if frame.control == _RST_STREAM:
                yield self._names.get(frame.stream, ""), b""
            if frame.control == _PING:
                await self._control(_PING, frame.body)
            if frame.control:
                continue
            name, run = self._names.get(frame.stream, ""), [frame]
            while self._frames and (self._frames[0].control, self._frames[0].stream) == (_DATA, frame.stream):
                run.append(self._frames.popleft())
            if data := b"".join(one.body for one in run):
                yield name, data
            if run[-1].flags & _FIN:
                yield name, b""

    async def _frame(self) -> _Frame | None:
        """Return the next frame, None when the connection has ended."""
        while not self._frames:
            try:
                arrived = await self._reader.read(_LIMIT)
            except OSError:
                return None
            if not arrived:
                return None
            self._rest += arrived
            self._take_frames()
        return self._frames.popleft()

    def _take_frames(self) -> None:
        at = 0
        while len(self._rest) - at >= _HEAD.size:
            first, second = _HEAD.unpack_from(self._rest, at)
            end = at + _HEAD.size + (second & 0xFFFFFF)
            if end > len(self._rest):
                break
            body = bytes(self._rest[at + _HEAD.size : end])
            is_control = first >> 31
            stream = struct.unpack(">I", body[:4])[0] if is_control and len(body) >= 4 else 0
            self._frames.append(
                _Frame(first & 0xFFFF, stream, second >> 24, body)
                if is_control
                else _Frame(_DATA, first, second >> 24, body)
            )
            at = end
        del self._rest[:at]

    async def _control(self, kind: int, body: bytes) -> None:
        await self._write(struct.pack(">HHI", _CONTROL, kind, len(body)) + body)

    async def _data(self, name: str, data: bytes, flags: int) -> None:
        await self._write(struct.pack(">II", self._ids[name], flags << 24 | len(data)) + data)

    async def _write(self, frame: bytes) -> None:
        if self._writer.is_closing():
            return
        with suppress(ConnectionError):  # a server that is through: what it said at last is still to be read
            self._writer.write(frame)
            await self._writer.drain()
