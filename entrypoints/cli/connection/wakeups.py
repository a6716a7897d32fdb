"""What wakes a loop that polls: signals, and threads."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

_THREAD = 0  # no signal's number
_MANY = 1 << 12


class Wakeups:
    """A pipe that is readable once a signal has come or a thread has called `soon`. Signals write to `writing`."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._waiting: deque[Callable[[], None]] = deque()
        self._closing = threading.Lock()  # what is closed may be another file's descriptor by now

    def fileno(self) -> int:
        """The descriptor to poll."""
        return self._reading

    def soon(self, work: Callable[[], None]) -> None:
        """Have the loop do something; from any thread. Once the loop is gone it is not done."""
        self._waiting.append(work)
        with self._closing, suppress(BlockingIOError):  # it is full, so the loop is awake
            if self.writing >= 0:
                os.write(self.writing, bytes([_THREAD]))

    def take(self) -> list[signal.Signals]:
        """Do what threads asked for, and return the signals that came, in order."""
        try:
            numbers = os.read(self._reading, _MANY)
        except BlockingIOError:
            numbers = b""
        while self._waiting:
            self._waiting.popleft()()
        return [signal.Signals(number) for number in numbers if number != _THREAD]

    def close(self) -> None:
        """Close the pipe. Nothing that `soon` is asked for is done from here on."""
        with self._closing:
            os.close(self.writing)
            self.writing = -1
        os.close(self._reading)


@contextmanager
def woken_by(numbers: Iterable[signal.Signals]) -> Iterator[Wakeups]:
    """Have these signals wake the block's loop and do nothing else, for the time of the block.

    Only the main thread gets signals; elsewhere none comes.
    """
    wakeups = Wakeups()
    before = {}
    try:
        if threading.current_thread() is threading.main_thread():
            previous = signal.set_wakeup_fd(wakeups.writing, warn_on_full_buffer=False)
            before = {number: signal.signal(number, _noted) for number in numbers}
        yield wakeups
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        if before:
            signal.set_wakeup_fd(previous)
        wakeups.close()


def _noted(number: int, frame: object) -> None:
    """The signal's number is in the pipe."""
