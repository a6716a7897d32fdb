"""What came of a command line, without what cannot be the same twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_UNITS = "seconds?|minutes?|hours?"
_REPLACED = (
    (re.compile(r"\b(sha256:)?[0-9a-f]{64}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d)( [A-Z]+)?)?"), "<time>"),
    (re.compile(rf"\b(Less than a second|About an? (minute|hour)|\d+ ({_UNITS}))( ago)?\b"), "<age>"),
    (re.compile(r"\b(?!127\.0\.0\.1|0\.0\.0\.0)\d{1,3}(\.\d{1,3}){3}\b"), "<address>"),
    (re.compile(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "<mac>"),
    (re.compile(r"\b(3[2-9]|4\d|5\d|6[0-5])\d{3}\b"), "<port>"),  # ip_local_port_range
    (re.compile(r"[ \t]{2,}"), "  "),  # the width of columns
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
    (re.compile(r"\b(docker|k3c)\b"), "<engine>"),
)


@dataclass(frozen=True)
class Outcome:
    """An exit code, the output, and whether something was said on stderr; its words are each engine's own."""

    code: int
    output: str
    complains: bool
    words: str = field(compare=False)

    def __str__(self) -> str:
        return "\n".join(filter(None, (f"exit {self.code}", self.output.rstrip(), self.words.rstrip())))


def outcome(code: int, stdout: str, stderr: str, folder: str) -> Outcome:
    """Make one of what a process left; `folder` is where it ran."""
    text = stdout.replace(folder, "<folder>")
    for pattern, instead in _REPLACED:
        text = pattern.sub(instead, text)
    return Outcome(code, text, complains=bool(stderr.strip()), words=stderr)
