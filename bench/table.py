"""Tables of medians in milliseconds, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

Times = Mapping[str, Sequence[float]]  # seconds of each run, by who ran it


def ratio_table(rows: Mapping[str, Times], columns: Sequence[str], base: str, digits: int = 1) -> str:
    """A line for each row: the median of each column, and the ratios of the other columns to `base`."""
    others = [column for column in columns if column != base]
    compared = [other for other in others if any(base in row and other in row for row in rows.values())]
    head = ["", *(f"{column}, ms" for column in columns), *(f"{other} / {base}" for other in compared)]
    lines = [_line(head), _line(["---"] * len(head))]
    for name, row in rows.items():
        cells = [_ms(row.get(column), digits) for column in columns]
        lines.append(_line([name, *cells, *(_ratio(row, other, base) for other in compared)]))
    return "\n".join(lines)


def parts_table(parts: Mapping[str, float]) -> str:
    """A line for each part, in seconds, as milliseconds."""
    lines = [_line(["part", "ms"]), _line(["---", "---"])]
    return "\n".join([*lines, *(_line([name, f"{seconds * 1000:.1f}"]) for name, seconds in parts.items())])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _ms(times: Sequence[float] | None, digits: int) -> str:
    return f"{median(times) * 1000:.{digits}f}" if times else "–"


def _ratio(row: Times, other: str, base: str) -> str:
    if not row.get(other) or not row.get(base):
        return "–"
    return f"{median(row[other]) / median(row[base]):.2f}"


def replaced(text: str, section: str, content: str) -> str:
    """A page with the lines between a section's marks replaced. Raises ValueError where it has no such section."""
    begin, end = f"<!-- {section}: made by `make bench` -->", f"<!-- end of {section} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(section)
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"
