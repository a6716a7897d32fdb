"""Files of command lines: what is run, and what is known to differ.

A file is a topic and begins with nothing there. `$E` is the engine. A line `# differs: why` tells of the next
command line that the engines do not agree on it, and why; other lines with `#` are for the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_DIFFERS = "# differs:"


@dataclass(frozen=True)
class Line:
    """A command line of the shell, and why the engines differ, "" where they must not."""

    command: str
    reason: str = ""


@dataclass(frozen=True)
class Script:
    """A topic and its lines."""

    name: str
    lines: tuple[Line, ...]


def scripts(folder: Path) -> list[Script]:
    """Read all files of a folder, in the order of their names. Raises ValueError for a reason without a line."""
    return [Script(path.stem, read(path.read_text(), path.name)) for path in sorted(folder.glob("*.lines"))]


def read(text: str, name: str) -> tuple[Line, ...]:
    """Read the lines of a file."""
    lines: list[Line] = []
    reason = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(_DIFFERS):
            reason = line.removeprefix(_DIFFERS).strip()
            if not reason:
                raise ValueError(f"{name}:{number}: no reason")
        elif line and not line.startswith("#"):
            lines.append(Line(line, reason))
            reason = ""
    if reason:
        raise ValueError(f"{name}: a reason without a line")
    return tuple(lines)
