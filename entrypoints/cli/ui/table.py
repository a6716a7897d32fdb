"""Tables, ages and sizes, as docker prints them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_GAP = 3
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_AGES = ((365 * 86400, 2, "year"), (30 * 86400, 2, "month"), (7 * 86400, 2, "week"), (86400, 2, "day"))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Left-aligned columns, three spaces apart."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "".join(cell.ljust(width + _GAP) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def duration(seconds: float) -> str:
    """How long, in docker's words: `Less than a second`, `About a minute`, `3 hours`."""
    whole = int(seconds)
    for unit, least, name in _AGES:
        if whole >= unit * least:
            return f"{whole // unit} {name}s"
    if whole < 60:
        return _plural(whole, "second") if whole >= 1 else "Less than a second"
    if whole < 120:
        return "About a minute"
    if whole < 3600:
        return f"{whole // 60} minutes"
    return "About an hour" if whole < 7200 else f"{whole // 3600} hours"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def ago(then: datetime, now: datetime | None = None) -> str:
    """How long since a time: `3 minutes ago`."""
    return f"{duration(((now or datetime.now(UTC)) - then).total_seconds())} ago"


def size(count: float) -> str:
    """Bytes in decimal units with three digits: `4.17MB`."""
    return _in_units(count, 1000, _UNITS, 3)


def binary_size(count: float) -> str:
    """Bytes in units of 1024 with four digits: `62.91MiB`."""
    return _in_units(count, 1024, _BINARY_UNITS, 4)


def _in_units(count: float, step: int, units: tuple[str, ...], digits: int) -> str:
    unit = 0
    while count >= step and unit < len(units) - 1:
        count /= step
        unit += 1
    return f"{count:.{digits}g}{units[unit]}" if count < 1000 else f"{count:.0f}{units[unit]}"


def cut(text: str, width: int) -> str:
    """At most `width` characters, the last an ellipsis if some were left out."""
    return text if len(text) <= width else text[: width - 1] + "…"
