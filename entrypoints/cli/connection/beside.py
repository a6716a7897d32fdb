"""Output that comes beside a response, as entrypoints/api/callers.py describes it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator

from entrypoints.api.callers import FRAME, FRAME_STREAMS, NO_MORE

_READ = 1 << 20


class Beside:
    """The connection that gave this process its ticket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def outputs(self) -> AsyncGenerator[tuple[str, memoryview], None]:
        """Yield streams and data until the mark of the end, or the end of the connection.

        Data is valid until the next item is asked for.
        """
        self._connection.settimeout(0)
        loop = asyncio.get_running_loop()
        whole = memoryview(bytearray(_READ))
        end, stream, left = 0, "", 0
        while got := await loop.sock_recv_into(self._connection, whole[end:]):
            at, end = 0, end + got
            while at < end if left else at + FRAME.size <= end:
                if left:
                    piece = whole[at : min(end, at + left)]
                    at, left = at + len(piece), left - len(piece)
                    yield stream, piece
                    continue
                number, left = FRAME.unpack_from(whole, at)
                at += FRAME.size
                if number == NO_MORE:
                    return
                stream = FRAME_STREAMS[number]
            whole[: end - at] = whole[at:end]  # part of a head
            end -= at
