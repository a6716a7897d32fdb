"""The streams of a process in a container, as a client sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import InvalidArgument

STDIN = "stdin"
STDOUT = "stdout"
STDERR = "stderr"
DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q"
_SPECIAL = "@[\\]^_"


@dataclass(frozen=True)
class TerminalSize:
    """In characters."""

    rows: int
    columns: int


@dataclass(frozen=True)
class Output:
    """Bytes of one stream, STDOUT or STDERR; all of a terminal's are STDOUT."""

    stream: str
    data: bytes


def parse_detach_keys(text: str) -> bytes:
    """Read docker's key sequences (`ctrl-p,ctrl-q`, `ctrl-@,x`) as the bytes a terminal sends; "" is none.

    Raises InvalidArgument.
    """
    return b"".join(_key(part, text) for part in text.split(",")) if text else b""


def _key(part: str, text: str) -> bytes:
    if len(part) == 1 and part.isascii():
        return part.encode()
    found = re.fullmatch(r"ctrl-([a-z@\[\\\]^_])", part)
    if not found:
        raise InvalidArgument("detach keys", text, "detach-keys-form")
    return bytes((ord(found[1].upper()) - 64,))


class DetachScanner:
    """Finds the detach keys in what is typed, and holds back what may be the beginning of them."""

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._matched = 0

    def feed(self, typed: bytes) -> tuple[bytes, bool]:
        """What is to be passed on, and whether the keys were pressed; what follows them is dropped."""
        if not self._keys:
            return typed, False
        passed = bytearray()
        for key in typed:
            if key == self._keys[self._matched]:
                self._matched += 1
                if self._matched == len(self._keys):
                    return bytes(passed), True
                continue
            passed += self._keys[: self._matched]
            self._matched = 1 if key == self._keys[0] else 0
            if not self._matched:
                passed.append(key)
        return bytes(passed), False
