"""HTTP/2 (RFC 9113) on a blocking socket: the client's side.

Several streams share a connection. Whoever waits for one of them reads for all; who waits for other things as well
polls the connection (`fileno`) and takes what has come with `receive`. Frames are made here and not by the package
h2, whose state machine takes longer than all the rest of a short call; hpack compresses the headers.
"""

from __future__ import annotations

import socket
import struct
from collections import deque
from contextlib import suppress
from typing import NoReturn

from hpack import Decoder, Encoder, HPACKError

Headers = list[tuple[bytes, bytes]]


class _Frame:
    DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9


class _Flag:
    END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20


class _Setting:
    HEADER_TABLE, ENABLE_PUSH, MAX_STREAMS, WINDOW, MAX_FRAME = 1, 2, 3, 4, 5


REFUSED_STREAM, CANCEL = 7, 8  # codes of a reset

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = struct.Struct("!IBI")  # length and type, flags, stream
_ENTRY = struct.Struct("!HI")  # a setting and its value
_NUMBER = struct.Struct("!I")
_FIRST_WINDOW = (1 << 16) - 1
_HEADER_TABLE = 1 << 12
_LARGEST = (1 << 31) - 1  # stream number and window
_OUR_SETTINGS = ((_Setting.ENABLE_PUSH, 0), (_Setting.WINDOW, _LARGEST), (_Setting.MAX_FRAME, 1 << 20))
_RENEWED = 1 << 29  # bytes received until the connection's window is opened again
_MAX_HEADERS = 1 << 20  # bytes
_BUFFER = 1 << 18
_STREAMS_AT_FIRST = 100  # the least that RFC 9113 would have a server allow; until it says what it allows


class ConnectionLost(Exception):
    """The connection has ended."""


class Stream:
    """A request under way, and what has come of its answer: headers and trailers, and data not yet taken.

    With `more`, what is sent does not end it. `reset` is the code with which the other side broke it off, None
    where it did not.
    """

    def __init__(self, unsent: bytes, *, more: bool) -> None:
        self.unsent = memoryview(unsent)
        self.more = more
        self.number = self.window = 0
        self.headers: Headers = []
        self.data = bytearray()
        self.ended = False
        self.reset: int | None = None


class Connection:
    """The streams of a connected socket, which is read only while somebody waits for an answer."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._in = bytearray()
        self._encoder, self._decoder = Encoder(), Decoder(_MAX_HEADERS)
        self._open: dict[int, Stream] = {}
        self._waiting: deque[tuple[Stream, Headers]] = deque()
        self._next_number = 1
        self._max_streams, self._max_frame = _STREAMS_AT_FIRST, 1 << 14
        self._window = self._first_window = _FIRST_WINDOW
        self._received = 0
        self._going_away = self._has_settings = False
        self._lost = ""
        self._out = bytearray(_PREFACE)
        self._put(_Frame.SETTINGS, 0, 0, b"".join(_ENTRY.pack(*entry) for entry in _OUR_SETTINGS))
        self._put(_Frame.WINDOW_UPDATE, 0, 0, _NUMBER.pack(_LARGEST - _FIRST_WINDOW))

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._peer.fileno()

    def request(self, headers: Headers, data: bytes, *, more: bool = False) -> Stream:
        """Begin a request; it goes out when something is waited for, or with `flush`. `data` is not empty.

        With `more`, it goes on with `send`.
        """
        stream = Stream(data, more=more)
        self._waiting.append((stream, headers))
        self._begin()
        return stream

    def send(self, stream: Stream, data: bytes) -> None:
        """Go on with a request of which all is sent; nothing goes to one that the other side has ended."""
        if not stream.ended:
            assert not stream.unsent, "what is unsent would be lost"
            stream.unsent = memoryview(data)
            self._send_data(stream)

    def wait(self, stream: Stream, size: int) -> bool:
        """Wait until that much data of a stream is there; return False where it ends before.

        Raises ConnectionLost.
        """
        while len(stream.data) < size and not stream.ended:
            self._read()
        return len(stream.data) >= size

    def receive(self) -> None:
        """Take what the socket has, which is readable. Raises ConnectionLost."""
        self._fill()
        self.take()

    def take(self) -> None:
        """Do what the frames say that were received and are whole. Raises ConnectionLost."""
        while len(self._in) >= _HEAD.size and len(self._in) >= _HEAD.size + _size(self._in):
            self._do(*self._frame())

    def flush(self) -> None:
        """Send what was begun. That the other side is gone is told by reading, after what it has sent."""
        out, self._out = self._out, bytearray()
        if out:
            with suppress(OSError):
                self._peer.sendall(out)

    def close(self) -> None:
        """Break off the streams that have no end yet, so that the other side knows at once, and close."""
        for number in self._open:
            self._put(_Frame.RST_STREAM, 0, number, _NUMBER.pack(CANCEL))
        with suppress(OSError):  # it has gone, or does not read: the end of the connection says the same
            self._peer.send(self._out, socket.MSG_DONTWAIT)
        self._peer.close()

    def _lose(self, why: str) -> NoReturn:
        self._lost = why
        raise ConnectionLost(why)

    def _put(self, kind: int, flags: int, number: int, payload: bytes | memoryview) -> None:
        self._out += _HEAD.pack(len(payload) << 8 | kind, flags, number)
        self._out += payload

    def _begin(self) -> None:
        """Begin as many of the waiting requests as the other side allows."""
        while self._waiting and (self._going_away or len(self._open) < self._max_streams):
            stream, headers = self._waiting.popleft()
            if self._going_away:
                stream.ended, stream.reset = True, REFUSED_STREAM
                continue
            number, self._next_number = self._next_number, self._next_number + 2
            self._open[number] = stream
            stream.number, stream.window = number, self._first_window
            self._put(_Frame.HEADERS, _Flag.END_HEADERS, number, self._encoder.encode(headers))
            self._send_data(stream)

    def _send_data(self, stream: Stream) -> None:
        """Send as much of a request as the other side takes now; the last frame ends it if no more follows."""
        while stream.unsent and (size := min(self._window, stream.window, self._max_frame)) > 0:
            piece, stream.unsent = stream.unsent[:size], stream.unsent[size:]
            self._window -= len(piece)
            stream.window -= len(piece)
            flags = 0 if stream.unsent or stream.more else _Flag.END_STREAM
            self._put(_Frame.DATA, flags, stream.number, piece)

    def _read(self) -> None:
        """Read one frame, and do what it says."""
        self.flush()
        self._do(*self._frame())

    def _do(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        """Do what a frame says. Frames that say nothing to such a client are passed over."""
        match kind:
            case _Frame.DATA:
                self._on_data(flags, number, payload)
            case _Frame.HEADERS:
                self._on_headers(flags, number, payload)
            case _Frame.RST_STREAM:
                self._finish(number, _NUMBER.unpack(payload)[0])
            case _Frame.SETTINGS if not flags & _Flag.ACK:
                self._on_settings(dict(_ENTRY.iter_unpack(payload)))
            case _Frame.PING if not flags & _Flag.ACK:
                self._put(_Frame.PING, _Flag.ACK, 0, payload)
            case _Frame.GOAWAY:
                self._on_goaway(_NUMBER.unpack_from(payload)[0] & _LARGEST)
            case _Frame.WINDOW_UPDATE:
                self._on_window(number, _NUMBER.unpack(payload)[0])

    def _frame(self) -> tuple[int, int, int, bytes]:
        """Read kind, flags, stream and payload."""
        if self._lost:
            raise ConnectionLost(self._lost)
        size_and_kind, flags, number = _HEAD.unpack(self._exactly(_HEAD.size))
        return size_and_kind & 0xFF, flags, number & _LARGEST, self._exactly(size_and_kind >> 8)

    def _exactly(self, size: int) -> bytes:
        while len(self._in) < size:
            self._fill()
        data = bytes(self._in[:size])
        del self._in[:size]
        return data

    def _fill(self) -> None:
        try:
            data = self._peer.recv(_BUFFER)
        except OSError as error:
            self._lose(str(error))
        if not data:
            self._lose("closed")
        self._in += data

    def _on_data(self, flags: int, number: int, payload: bytes) -> None:
        self._received += len(payload)
        if self._received >= _RENEWED:
            self._put(_Frame.WINDOW_UPDATE, 0, 0, _NUMBER.pack(self._received))
            self._received = 0
        if stream := self._open.get(number):
            stream.data += _unpadded(flags, payload)
            if flags & _Flag.END_STREAM:
                self._finish(number)

    def _on_headers(self, flags: int, number: int, payload: bytes) -> None:
        block = _unpadded(flags, payload)[5 if flags & _Flag.PRIORITY else 0 :]
        more = flags
        while not more & _Flag.END_HEADERS:
            _, more, _, payload = self._frame()
            block += payload
        try:
            headers = self._decoder.decode(block, raw=True)
        except HPACKError as error:
            self._lose(str(error))
        if stream := self._open.get(number):
            stream.headers += [(bytes(name), bytes(value)) for name, value in headers]
            if flags & _Flag.END_STREAM:
                self._finish(number)

    def _on_settings(self, settings: dict[int, int]) -> None:
        if not self._has_settings:
            self._has_settings, self._max_streams = True, _LARGEST
        self._max_streams = settings.get(_Setting.MAX_STREAMS, self._max_streams)
        self._max_frame = settings.get(_Setting.MAX_FRAME, self._max_frame)
        self._encoder.header_table_size = min(
            settings.get(_Setting.HEADER_TABLE, _HEADER_TABLE), _HEADER_TABLE
        )
        self._put(_Frame.SETTINGS, _Flag.ACK, 0, b"")
        window = settings.get(_Setting.WINDOW, self._first_window)
        more, self._first_window = window - self._first_window, window
        for stream in self._open.values():
            stream.window += more
            self._send_data(stream)
        self._begin()

    def _on_goaway(self, last: int) -> None:
        """What was begun up to `last` is still answered, and nothing else."""
        self._going_away = True
        for number in [number for number in self._open if number > last]:
            self._finish(number, REFUSED_STREAM)
        self._begin()

    def _on_window(self, number: int, more: int) -> None:
        if number == 0:
            self._window += more
        elif number in self._open:
            self._open[number].window += more
        for stream in self._open.values():
            self._send_data(stream)

    def _finish(self, number: int, reset: int | None = None) -> None:
        if stream := self._open.pop(number, None):
            stream.ended, stream.reset = True, reset
        self._begin()


def _size(head: bytearray) -> int:
    return int.from_bytes(head[:3])


def _unpadded(flags: int, payload: bytes) -> bytes:
    return payload[1 : len(payload) - payload[0]] if flags & _Flag.PADDED else payload
