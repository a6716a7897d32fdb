"""The terminal that k3c is run in."""

from __future__ import annotations

import atexit
import os
import sys
import termios
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from domain.streams import TerminalSize
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.api.mapping.terminal import size_to_wire
from entrypoints.cli.usage import UsageError

_CHUNK = 1 << 18
_raw: set[RawMode] = set()


def not_noticed() -> None:
    """Do nothing when this process begins to read its input."""


on_reading: Callable[[], None] = not_noticed


def check(*, stdin: bool) -> None:
    """Raise UsageError if there is no terminal for a process that is to have one."""
    if not (sys.stdin if stdin else sys.stdout).isatty():
        raise UsageError("no-terminal-in" if stdin else "no-terminal-out")


def size() -> pb.TerminalSize | None:
    """The terminal's size, None without a terminal or with one that nobody gave a size."""
    for stream in (sys.stdout, sys.stdin, sys.stderr):
        with suppress(OSError, ValueError):
            columns, rows = os.get_terminal_size(stream.fileno())
            return size_to_wire(TerminalSize(rows, columns)) if rows and columns else None
    return None


class RawMode:
    """The terminal handing on every key as it is, until `restore`; at the interpreter's exit at the latest."""

    def __init__(self) -> None:
        self._before: list[Any] | None = None

    def set(self) -> None:
        """Enter raw mode, if the input is a terminal."""
        if self._before is None and sys.stdin.isatty():
            self._before = termios.tcgetattr(sys.stdin)
            _raw.add(self)
            atexit.register(self.restore)
            tty.setraw(sys.stdin, termios.TCSADRAIN)

    def restore(self) -> None:
        """Give the terminal back as it was. Idempotent."""
        if self._before is not None:
            with suppress(termios.error):  # the terminal has gone
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)
            self._before = None
            _raw.discard(self)
            atexit.unregister(self.restore)


def restore_all() -> None:
    """Give the terminal back, whoever has it raw; from any thread."""
    for mode in tuple(_raw):
        mode.restore()


def note_reading() -> None:
    """Say that this process reads its input from here on."""
    on_reading()


def read(source: int, give: Callable[[bytes], bool]) -> None:
    """Read in a thread of its own, which dies with the process, and give it piece by piece.

    The end is given as b""; what cannot be read is an end, too. It stops when `give` answers False. A thread, since
    stdin may be a file.
    """

    def reading() -> None:
        while (data := _read(source)) and give(data):
            pass
        if not data:
            give(b"")

    threading.Thread(target=reading, name="stdin", daemon=True).start()


def _read(source: int) -> bytes:
    try:
        return os.read(source, _CHUNK)
    except OSError:  # the terminal has gone, or it is a folder
        return b""
