"""A tar stream between an asynchronous writer and a reader in a thread."""

from __future__ import annotations

import queue

_QUEUED = 8


class TarPipe:
    """Bytes from one thread to another, a few pieces at a time; b"" is the end."""

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes] = queue.Queue(_QUEUED)
        self._rest = b""
        self._ended = False
        self._failure: Exception | None = None

    def put(self, data: bytes) -> None:
        self._queue.put(data)

    def write(self, data: bytes) -> int:
        if data:
            self._queue.put(bytes(data))
        return len(data)

    def fail(self, failure: Exception) -> None:
        self._failure = failure

    def read(self, size: int = -1) -> bytes:
        while not self._ended and len(self._rest) < max(size, 1):
            data = self._queue.get()
            self._ended = not data
            self._rest += data
        if self._failure is not None and self._ended:
            raise self._failure
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def drain(self) -> None:
        """Let the other side come to its end."""
        while not self._ended:
            self._ended = not self._queue.get()
