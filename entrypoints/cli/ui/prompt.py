"""Questions at a terminal."""

from __future__ import annotations

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

from entrypoints.cli.usage import UsageError


def ask(question: str) -> str:
    """Ask on stderr and read a line of stdin, without its end; "" where stdin ends."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().rstrip("\r\n")


def agreed(warning: str) -> bool:
    """Ask whether to go on; no answer is no. Raises UsageError without a terminal."""
    if not sys.stdin.isatty():
        raise UsageError("no-terminal-to-ask")
    answer = ask(f"WARNING! {warning}\nAre you sure you want to continue? [y/N] ")
    return answer.strip().lower() in {"y", "yes"}


def ask_secret(question: str) -> str:
    """Ask for what the terminal is not to show."""
    with _without_echo():
        answer = ask(question)
    sys.stderr.write("\n")
    return answer


@contextmanager
def _without_echo() -> Iterator[None]:
    before = termios.tcgetattr(sys.stdin)
    quiet = before.copy()
    quiet[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, quiet)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)
