"""The functions that templates call: Go's, and docker's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrypoints.cli.ui.open_map import KeyedMethod
from entrypoints.cli.ui.templates.comparing import equal, less, less_or_equal
from entrypoints.cli.ui.templates.docker_functions import join, lower, pad, title, truncate, upper
from entrypoints.cli.ui.templates.escaping import html, js, urlquery
from entrypoints.cli.ui.templates.formatting import printed, printed_line
from entrypoints.cli.ui.templates.json_text import json_text
from entrypoints.cli.ui.templates.printf import printf
from entrypoints.cli.ui.templates.signatures import Called
from entrypoints.cli.ui.templates.values import (
    Byte,
    is_integer,
    is_true,
    to_bytes,
    to_text,
    type_name,
    zero_of,
)
from entrypoints.cli.usage import UsageError


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(to_bytes(value))
    if isinstance(value, Mapping | list | tuple):
        return len(value)
    raise UsageError("template-argument-type", "len", type_name(value))


def _index(value: Any, *keys: Any) -> Any:
    if value is None:
        raise UsageError("template-argument-type", "index", "nil")
    for key in keys:
        value = _entry(value, key)
    return value


def _entry(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        if not isinstance(key, str):
            raise UsageError("template-argument-type", "index", type_name(key))
        if isinstance(value, KeyedMethod):
            return value.of(key)
        return value[key] if key in value else zero_of(value)
    if isinstance(value, str):
        raw = to_bytes(value)
        return Byte(raw[_position("index", key, len(raw) - 1)])
    if isinstance(value, list | tuple):
        return value[_position("index", key, len(value) - 1)]
    raise UsageError("template-argument-type", "index", type_name(value))


def _position(function: str, key: Any, last: int) -> int:
    if not is_integer(key):
        raise UsageError("template-argument-type", function, type_name(key))
    if not 0 <= key <= last:
        raise UsageError("template-index", function, str(int(key)))
    return int(key)


def _slice(value: Any, *ends: Any) -> Any:
    if not isinstance(value, str | list | tuple):
        raise UsageError("template-argument-type", "slice", type_name(value))
    if len(ends) > (2 if isinstance(value, str) else 3):
        raise UsageError("template-argument-count", "slice", str(len(ends) + 1))
    whole: Any = to_bytes(value) if isinstance(value, str) else list(value)
    first, last, *limit = [_position("slice", end, len(whole)) for end in ends] + [0, len(whole)][len(ends) :]
    if first > last or (limit and last > limit[0]):
        raise UsageError("template-index", "slice", str(first if first > last else last))
    part = whole[first:last]
    return to_text(part) if isinstance(part, bytes) else part


def _call(value: Any, *_arguments: Any) -> Any:
    """Data has no functions, so there is none to call."""
    raise UsageError("template-argument-type", "call", type_name(value))


def _decided(*values: Any) -> Any:
    raise AssertionError(values)  # `and` and `or` are evaluated as their arguments are


FUNCTIONS: dict[str, Called] = {
    "and": Called(_decided, ("any",), "any", stops_at=False),
    "or": Called(_decided, ("any",), "any", stops_at=True),
    "not": Called(lambda value: not is_true(value), ("any",)),
    "len": Called(_length, ("any",)),
    "index": Called(_index, ("any",), "any"),
    "slice": Called(_slice, ("any",), "any"),
    "call": Called(_call, ("any",), "any"),
    "print": Called(printed, (), "any"),
    "println": Called(printed_line, (), "any"),
    "printf": Called(printf, ("string",), "any"),
    "html": Called(html, (), "any"),
    "js": Called(js, (), "any"),
    "urlquery": Called(urlquery, (), "any"),
    "eq": Called(equal, ("any", "any"), "any"),
    "ne": Called(lambda first, second: not equal(first, second), ("any", "any")),
    "lt": Called(less, ("any", "any")),
    "le": Called(less_or_equal, ("any", "any")),
    "gt": Called(lambda first, second: not less_or_equal(first, second), ("any", "any")),
    "ge": Called(lambda first, second: not less(first, second), ("any", "any")),
    "json": Called(json_text, ("any",)),
    "split": Called(lambda text, by: text.split(by) if by else list(text), ("string", "string")),
    "join": Called(join, ("any", "string")),
    "title": Called(title, ("string",)),
    "lower": Called(lower, ("string",)),
    "upper": Called(upper, ("string",)),
    "pad": Called(pad, ("string", "int", "int")),
    "truncate": Called(truncate, ("string", "int")),
}
