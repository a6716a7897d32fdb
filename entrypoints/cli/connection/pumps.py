"""Threads that move the streams of a process to and from this command's own, so that a loop need not wait for them.

Each tells the loop of its end with `on_end`: None, or what kept it from writing. They die with the process.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby
from operator import itemgetter

_CHUNK = 1 << 20
_LINGER = (
    2000  # milliseconds that a stream may stay silent and open once the process has ended: a child has it
)
_MOST_WAITING = 1 << 20  # bytes that wait to be written

_OnEnd = Callable[[OSError | None], None]


def move(source: int, target: int) -> bool:
    """Move what is there of a stream to another, one of which is a pipe; wait for both. False at the end.

    The kernel moves it where it can. Raises OSError of either side.
    """
    try:
        return os.splice(source, target, _CHUNK) > 0
    except OSError as error:
        if error.errno != errno.EINVAL:  # a terminal, or a file that is open for appending
            raise
    return copy(source, target)


def copy(source: int, target: int) -> bool:
    """Do what `move` does for all kinds of streams."""
    data = os.read(source, _CHUNK)
    write_all(target, data)
    return bool(data)


def write_all(target: int, data: bytes) -> None:
    """Write all of it. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(target, left) :]


class OutputPump:
    """Moves a pipe's bytes to an output until its end, or its silence after `process_ended`, and closes the pipe."""

    def __init__(self, pipe: int, output: int, on_end: _OnEnd) -> None:
        self._pipe, self._output = pipe, output
        self._on_end = on_end
        self._ended = os.eventfd(0, os.EFD_CLOEXEC)
        threading.Thread(target=self._run, name="output", daemon=True).start()

    def process_ended(self) -> None:
        """Wait no longer for output that may not come."""
        os.eventfd_write(self._ended, 1)

    def _run(self) -> None:
        failure = None
        try:
            while self._is_there() and move(self._pipe, self._output):
                pass
        except OSError as error:
            failure = error
        os.close(self._pipe)
        self._on_end(failure)

    def _is_there(self) -> bool:
        """Wait for output or the end of the stream; False when it is silent after the end of the process."""
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        poll.register(self._ended, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll()}
        if self._pipe in ready:
            return True
        poll.unregister(self._ended)
        return bool(poll.poll(_LINGER))


class OutputWriter:
    """Writes pieces to outputs; what is added meanwhile is written at once after them."""

    def __init__(self, on_written: _OnEnd) -> None:
        self._on_written = on_written
        self._waiting: list[tuple[int, bytes]] = []
        self._size = 0
        self._changed = threading.Condition()
        self._is_writing = self._is_begun = False

    @property
    def is_full(self) -> bool:
        """Whether nothing should be added until `on_written` is called."""
        return self._size > _MOST_WAITING

    @property
    def is_idle(self) -> bool:
        """Whether all is written."""
        with self._changed:
            return not self._waiting and not self._is_writing

    def add(self, output: int, data: bytes) -> None:
        """Queue data for an output."""
        if not self._is_begun:
            self._is_begun = True
            threading.Thread(target=self._run, name="output", daemon=True).start()
        with self._changed:
            self._waiting.append((output, data))
            self._size += len(data)
            self._changed.notify()

    def _run(self) -> None:
        failure = None
        while failure is None:
            with self._changed:
                self._is_writing = False
                if not self._waiting:
                    self._on_written(None)
                    self._changed.wait_for(lambda: bool(self._waiting))
                waiting, self._waiting, self._size = self._waiting, [], 0
                self._is_writing = True
            try:
                for output, run in groupby(waiting, key=itemgetter(0)):
                    write_all(output, b"".join(data for _, data in run))
            except OSError as error:
                failure = error
        self._on_written(failure)


def feed(source: int, pipe: int, on_end: _OnEnd) -> None:
    """Move an input to a pipe in a thread of its own, until either ends, and close the pipe.

    A file's pages are not moved: who writes to the file meanwhile would change what is on its way.
    """
    mode = os.fstat(source).st_mode
    moving = move if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else copy

    def run() -> None:
        failure = None
        try:
            while moving(source, pipe):
                pass
        except OSError as error:  # the process reads no more, or the input cannot be read: an end as well
            failure = error
        with suppress(OSError):
            os.close(pipe)
        on_end(failure)

    threading.Thread(target=run, name="stdin", daemon=True).start()
