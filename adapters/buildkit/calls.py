"""gRPC over `http2`: what a service of the session sees of a call, and how calls find their service.

A message on the wire is a byte (0 means not compressed), four bytes of length, then the message.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import quote

import grpc

from adapters.buildkit.http2 import Exchange

_PREFIX = 5
_LARGEST_MESSAGE = 16 << 20
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class CallFailed(Exception):
    """Ends a call with a status other than OK; the daemon passes `message` on."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Call:
    """A call that the daemon makes in the session."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._received = bytearray()
        self._messages: deque[bytes] = deque()
        self.metadata = exchange.headers

    async def receive(self) -> bytes | None:
        """Return the next message, None when the daemon will send no more."""
        while not self._messages:
            data = await self._exchange.read()
            if not data:
                return None
            self._received += data
            self._split()
        return self._messages.popleft()

    async def receive_all(self) -> list[bytes]:
        """Return the messages that are there, at least one; [] when the daemon will send no more."""
        first = await self.receive()
        if first is None:
            return []
        messages = [first, *self._messages]
        self._messages.clear()
        return messages

    async def send(self, *messages: bytes) -> None:
        """Queue messages; wait while too much is queued."""
        await self._exchange.write([part for each in messages for part in (prefix(len(each)), each)])

    async def send_framed(self, parts: Sequence[bytes]) -> None:
        """Queue parts which together are whole messages, each with its `prefix`."""
        await self._exchange.write(parts)

    def _split(self) -> None:
        while len(self._received) >= _PREFIX:
            length = int.from_bytes(self._received[1:_PREFIX], "big")
            if self._received[0] or length > _LARGEST_MESSAGE:
                raise CallFailed(grpc.StatusCode.UNIMPLEMENTED, "compressed or oversized message")
            if len(self._received) < _PREFIX + length:
                return
            self._messages.append(bytes(self._received[_PREFIX : _PREFIX + length]))
            del self._received[: _PREFIX + length]


Handler = Callable[[Call], Awaitable[None]]


def prefix(length: int) -> bytes:
    """Return the bytes that precede a message of this length."""
    return b"\0" + length.to_bytes(4, "big")


def unary(answer: Callable[[bytes], Awaitable[bytes]]) -> Handler:
    """Make a handler for a method that takes a message and returns a message."""

    async def handle(call: Call) -> None:
        request = await call.receive()
        await call.send(await answer(request or b""))

    return handle


def dispatcher(handlers: Mapping[str, Handler]) -> Callable[[Exchange], Awaitable[list[tuple[str, str]]]]:
    """Make a function that serves `/service/Method` by its handler and returns the call's trailers.

    Methods without a handler are UNIMPLEMENTED.
    """

    async def serve(exchange: Exchange) -> list[tuple[str, str]]:
        handler = handlers.get(exchange.path)
        if handler is None:
            return _trailers(grpc.StatusCode.UNIMPLEMENTED, f"no method {exchange.path} in this session")
        try:
            await handler(Call(exchange))
        except CallFailed as failure:
            return _trailers(failure.code, failure.message)
        return _trailers(grpc.StatusCode.OK, "")

    return serve


def _trailers(code: grpc.StatusCode, message: str) -> list[tuple[str, str]]:
    number: int = code.value[0]
    trailers = [("grpc-status", str(number))]
    if message:  # percent-encoded, says the gRPC over HTTP/2 specification
        trailers.append(("grpc-message", quote(message, safe=_PRINTABLE, errors="surrogateescape")))
    return trailers


def leaf(group: ExceptionGroup[Exception]) -> Exception:
    """Return the first exception of a group that is not a group itself."""
    error = group.exceptions[0]
    return leaf(error) if isinstance(error, ExceptionGroup) else error
