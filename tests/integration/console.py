"""A terminal with a program in it, k3c most of the time."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.daemon import K3c

_TIMEOUT = 30.0


class Console:
    """The other side of a pseudo terminal."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, slave: int) -> None:
        self.process = process
        self._master = master
        self._slave = slave
        self.shown = b""
        self.before = termios.tcgetattr(slave)

    def type(self, text: bytes) -> None:
        """Press keys."""
        os.write(self._master, text)

    def resize(self, rows: int, columns: int) -> None:
        """Change the window's size."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, text: bytes) -> bytes:
        """Read until this is shown; returns what was shown before it, and forgets both."""
        deadline = time.monotonic() + _TIMEOUT
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self._read(0.1)
        found, _, self.shown = self.shown.partition(text)
        return found

    def _read(self, timeout: float) -> bool:
        readable, _, _ = select.select([self._master], [], [], timeout)
        if readable:
            self.shown += os.read(self._master, 1 << 16)
        return bool(readable)

    def end(self) -> int:
        """Wait for the process, reading what it shows; its exit code. The terminal must be as it was."""
        deadline = time.monotonic() + _TIMEOUT
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read(0.05)
        while self._read(0.05):
            pass
        assert termios.tcgetattr(self._slave) == self.before
        return self.process.returncode


@contextmanager
def console(k3c: K3c, *arguments: str) -> Iterator[Console]:
    """Run k3c's command line in a terminal of 33 rows of 101 columns."""
    with on_terminal([k3c.program, *arguments], k3c.env, rows=33, columns=101) as screen:
        yield screen


@contextmanager
def on_terminal(
    command: list[str], env: dict[str, str] | None = None, *, rows: int, columns: int
) -> Iterator[Console]:
    """Run a command in a terminal of this size; one of no rows has none yet."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
    )
    try:
        yield Console(process, master, slave)
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
