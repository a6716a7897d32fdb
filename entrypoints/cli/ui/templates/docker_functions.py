"""The functions that docker adds to Go's; a heading goes through them as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from entrypoints.cli.ui.open_map import Heading
from entrypoints.cli.ui.templates.formatting import printed
from entrypoints.cli.ui.templates.values import to_bytes, to_text, type_name
from entrypoints.cli.usage import UsageError

_MOST_SPACES = 1_000_000


def _of_texts(function: Callable[..., str]) -> Callable[..., str]:
    """The function for all texts but headings."""

    @wraps(function)
    def of_texts(text: str, *others: Any) -> str:
        return text if isinstance(text, Heading) else function(text, *others)

    return of_texts


@_of_texts
def lower(text: str) -> str:
    """In small letters, each as one."""
    return "".join(map(_lower, text))


@_of_texts
def upper(text: str) -> str:
    """In capitals, each as one."""
    return "".join(map(_upper, text))


def _lower(letter: str) -> str:
    return letter.lower()[0]


def _upper(letter: str) -> str:
    return letter.upper() if len(letter.upper()) == 1 else _capital(letter)


def _capital(letter: str) -> str:
    return letter.title() if len(letter.title()) == 1 else letter


@_of_texts
def title(text: str) -> str:
    """Each word with a capital; what follows in it stays."""
    before = " "
    letters = []
    for letter in text:
        letters.append(_capital(letter) if _separates(before) else letter)
        before = letter
    return "".join(letters)


def _separates(letter: str) -> bool:
    if letter.isalnum() or letter == "_":
        return False
    return letter.isascii() or letter.isspace()


@_of_texts
def truncate(text: str, length: int) -> str:
    """At most so many bytes."""
    if length < 0:
        raise UsageError("template-index", "truncate", str(length))
    return to_text(to_bytes(text)[:length])


def pad(text: str, before: int, after: int) -> str:
    """With spaces before and after, unless it is empty."""
    if not text:
        return text
    for count in (before, after):
        if not 0 <= count <= _MOST_SPACES:
            raise UsageError("template-index", "pad", str(count))
    return " " * before + text + " " * after


def join(values: Any, separator: str) -> str:
    """Elements of a list, or the sorted ones of a map, as one text."""
    if isinstance(values, Mapping):
        return separator.join(sorted(map(printed, values.values()), key=to_bytes))
    if isinstance(values, list | tuple):
        return separator.join(map(printed, values))
    if values is None:
        return ""
    raise UsageError("template-argument-type", "join", type_name(values))
