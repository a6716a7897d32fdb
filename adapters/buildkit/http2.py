"""An HTTP/2 server without a socket: frames come in through `receive` and go out through `transmit`.

Inside a BuildKit session the daemon is the HTTP/2 client. Serving it here, on frames, and gathering all
that is ready into one write while the last write is in flight, is what makes contexts load fast.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
)

GATHER = 1 << 20
"""The most bytes of frames in one write; buildkitd takes gRPC messages of up to 16 MB."""

_QUEUED = 2 << 20  # what one stream may queue before its writer waits
_CONNECTION_WINDOW = 4 << 20

Headers = Mapping[str, tuple[str, ...]]
Serve = Callable[["Exchange"], Awaitable[Sequence[tuple[str, str]]]]
"""Answers one request; gives the trailers to end it with."""


class Exchange:
    """A request and its response: a stream of HTTP/2."""

    def __init__(self, connection: Http2Server, number: int, path: str, headers: Headers) -> None:
        self.path = path
        self.headers = headers
        self.number = number
        self.outgoing: deque[memoryview] = deque()
        self.queued = 0
        self.drained = asyncio.Event()
        self._connection = connection
        self._incoming: deque[tuple[bytes, int]] = deque()
        self.ended = False
        self._arrived = asyncio.Event()

    async def read(self) -> bytes:
        """Return bytes of the request's body, b"" at its end; the peer may then send as many bytes again."""
        while not self._incoming:
            if self.ended:
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        data, window = self._incoming.popleft()
        self._connection.acknowledge(self.number, window)
        return data

    async def write(self, parts: Sequence[bytes]) -> None:
        """Queue bytes of the response's body, and wait while more than `_QUEUED` are waiting."""
        self.outgoing.extend(memoryview(part) for part in parts if part)
        self.queued += sum(map(len, parts))
        self._connection.wake()
        while self.queued > _QUEUED:
            self.drained.clear()
            await self.drained.wait()

    async def flush(self) -> None:
        """Wait until nothing is queued."""
        while self.queued:
            self.drained.clear()
            await self.drained.wait()

    def discard(self) -> None:
        """Discard unread bytes, so that their share of the connection's window is not lost."""
        while self._incoming:
            self._connection.acknowledge(self.number, self._incoming.popleft()[1])

    def feed(self, data: bytes, window: int) -> None:
        """Take bytes that the connection received; flow control counted `window` of them."""
        self._incoming.append((data, window))
        self._arrived.set()

    def feed_end(self) -> None:
        """Note that the request's body is complete."""
        self.ended = True
        self._arrived.set()


class Http2Server:
    """Answers every request with `serve`, each in a task of its own in `tasks`."""

    def __init__(self, serve: Serve, tasks: asyncio.TaskGroup) -> None:
        self._serve = serve
        self._tasks = tasks
        self._h2 = H2Connection(H2Configuration(client_side=False, validate_inbound_headers=False))
        self._exchanges: dict[int, Exchange] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._ready = asyncio.Event()
        self.terminated = False
        # WINDOW_UPDATE, SETTINGS and PING are not here: h2 answers them, and `receive` wakes the writer.
        self._events: dict[type[Event], Callable[[Any], None]] = {
            RequestReceived: self._requested,
            DataReceived: self._received,
            StreamEnded: self._half_closed,
            StreamReset: self._reset,
            ConnectionTerminated: self._ended,
        }
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(_CONNECTION_WINDOW)
        self.wake()

    def wake(self) -> None:
        """Have `transmit` check whether there is something to send."""
        self._ready.set()

    def acknowledge(self, number: int, window: int) -> None:
        """Return to the peer the window of the bytes that were read."""
        if window:
            self._h2.acknowledge_received_data(window, number)
            self.wake()

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; raises h2's ProtocolError for bytes that are not HTTP/2."""
        for event in self._h2.receive_data(data):
            handler = self._events.get(type(event))
            if handler is not None:
                handler(event)
        self.wake()

    def stop(self) -> None:
        """Cancel the requests that are being answered."""
        for task in self._running.values():
            task.cancel()

    async def transmit(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Write frames until cancelled, about `GATHER` bytes at once at most."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while data := self._gather():
                await write(data)

    def _gather(self) -> bytes:
        budget = GATHER
        for exchange in list(self._exchanges.values()):
            budget -= self._frame(exchange, budget)
            if budget <= 0:
                break
        return self._h2.data_to_send()

    def _frame(self, exchange: Exchange, budget: int) -> int:
        """Make DATA frames of what the exchange has queued, as far as windows and budget allow."""
        done = 0
        while exchange.outgoing and done < budget:
            room = min(self._h2.local_flow_control_window(exchange.number), self._h2.max_outbound_frame_size)
            if room <= 0:
                break
            piece = _take(exchange.outgoing, room)
            self._h2.send_data(exchange.number, piece)
            done += len(piece)
        if done:
            exchange.queued -= done
            exchange.drained.set()
        return done

    async def _respond(self, exchange: Exchange) -> None:
        number = exchange.number
        self._h2.send_headers(number, [(":status", "200"), ("content-type", "application/grpc")])
        try:
            trailers = await self._serve(exchange)
            await exchange.flush()
            self._h2.send_headers(number, list(trailers), end_stream=True)
            if not exchange.ended:  # what else the peer would send is not wanted
                self._h2.reset_stream(number, ErrorCodes.NO_ERROR)
            self.wake()
        finally:
            self._exchanges.pop(number, None)
            self._running.pop(number, None)
            exchange.discard()

    def _requested(self, event: RequestReceived) -> None:
        headers: dict[str, tuple[str, ...]] = {}
        for name, value in event.headers:
            key = _text(name)
            headers[key] = (*headers.get(key, ()), _text(value))
        path = headers.get(":path", ("",))[0]
        exchange = Exchange(self, event.stream_id, path, headers)
        self._exchanges[event.stream_id] = exchange
        task = self._tasks.create_task(self._respond(exchange), name=f"session {path}")
        self._running[event.stream_id] = task

    def _received(self, event: DataReceived) -> None:
        exchange = self._exchanges.get(event.stream_id)
        if exchange is None:  # answered already; the window is the whole connection's, so give it back
            self.acknowledge(event.stream_id, event.flow_controlled_length)
            return
        exchange.feed(event.data, event.flow_controlled_length)

    def _half_closed(self, event: StreamEnded) -> None:
        if exchange := self._exchanges.get(event.stream_id):
            exchange.feed_end()

    def _reset(self, event: StreamReset) -> None:
        self._exchanges.pop(event.stream_id, None)
        if task := self._running.pop(event.stream_id, None):
            task.cancel()

    def _ended(self, _event: ConnectionTerminated) -> None:
        self.terminated = True


def _take(queue: deque[memoryview], most: int) -> bytes | memoryview:
    """Take up to `most` bytes off the queue, without copying where the first part is enough."""
    if len(queue[0]) >= most:
        piece, rest = queue[0][:most], queue[0][most:]
        queue.popleft()
        if rest:
            queue.appendleft(rest)
        return piece
    taken: list[memoryview] = []
    while queue and most >= len(queue[0]):
        taken.append(queue.popleft())
        most -= len(taken[-1])
    if queue and most:
        taken.append(queue[0][:most])
        queue[0] = queue[0][most:]
    return b"".join(taken)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
