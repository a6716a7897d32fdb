"""What the gate (runtime/init) writes before a container's program does, and how it is taken out again.

While it waits the gate writes NUL bytes to stdout and stderr, and an end mark at last; on a terminal,
to stdout alone, where the newline becomes CR LF.
"""

from __future__ import annotations

import re

MARK = b"\0"
END = b"k3c gate open"
LINE = re.compile(rb"\0+" + END + rb"\r?\n?")
_ENDS = (END + b"\n", END + b"\r\n")


class Unmarked:
    """Takes the marks out of one stream of a container that was held at the gate."""

    def __init__(self, *, begun: bool = False) -> None:
        """With `begun` some of the marks may have gone by."""
        self.seen = begun
        self._begun = b""
        self._through = False

    def feed(self, data: bytes) -> bytes:
        """What of these bytes is the program's. A stream that does not begin with marks is let through as it is."""
        if self._through:
            return data
        self.seen = self.seen or data.startswith(MARK)
        if not self.seen:
            self._through = bool(data)
            return data
        self._begun = (self._begun + data).lstrip(MARK)
        for end in _ENDS:
            if self._begun.startswith(end):
                self._through = True
                return self._begun[len(end) :]
        if any(end.startswith(self._begun) for end in _ENDS):
            return b""
        self._through = True
        return self._begun
