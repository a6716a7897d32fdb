"""The layout of a help page: plain text, wrapped to a width, as docker and kubectl lay theirs out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import TextWrapper
from typing import NamedTuple

_NARROWEST = 40
_INDENT = "  "
_GAP = "   "


class Section(NamedTuple):
    """A title, and rows of a label and its text below it."""

    title: str
    rows: Sequence[tuple[str, str]]


def help_page(usage: str, description: str, sections: Iterable[Section], footer: str, width: int) -> str:
    """The page. `description` is a docstring without its indentation; an indented line in it stays as it is."""
    width = max(width, _NARROWEST)
    filled = [section for section in sections if section.rows]
    blocks = [
        _wrap(f"Usage:  {usage}", width, " " * len("Usage:  ")),
        *(_paragraph(text, width) for text in description.split("\n\n")),
        *(_section(section, _column(_alike(section, filled), width), width) for section in filled),
        _wrap(footer, width) if footer else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _alike(section: Section, sections: Iterable[Section]) -> list[Section]:
    """The sections whose labels stand in the same column: all of options, or all of other things."""
    return [other for other in sections if _of_options(other) == _of_options(section)]


def _of_options(section: Section) -> bool:
    label, _ = section.rows[0]
    return label.lstrip().startswith("-")


def _column(sections: Iterable[Section], width: int) -> int:
    """The width of the widest label that leaves most of a line to the texts."""
    lengths = [len(label) for section in sections for label, _ in section.rows]
    return max((length for length in lengths if length <= width * 2 // 5), default=0)


def _paragraph(text: str, width: int) -> str:
    if text.startswith(" "):
        return text.rstrip()
    return _wrap(" ".join(text.split()), width)


def _section(section: Section, column: int, width: int) -> str:
    rows = (_row(label, text, column, width) for label, text in section.rows)
    return "\n".join((f"{section.title}:", *rows))


def _row(label: str, text: str, column: int, width: int) -> str:
    """A label too long for its column has its text on the lines below."""
    indent = " " * (len(_INDENT) + column + len(_GAP))
    if len(label) > column:
        return "\n".join(filter(None, (_INDENT + label, _wrap(indent + text, width, indent))))
    return _wrap(f"{_INDENT}{label.ljust(column)}{_GAP}{text}", width, indent)


def _wrap(text: str, width: int, indent: str = "") -> str:
    wrapper = TextWrapper(width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(text)
