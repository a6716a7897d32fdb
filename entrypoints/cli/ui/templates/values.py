"""The values of templates: which of Go's types each has, whether it is true, its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrypoints.cli.ui.open_map import OpenMap, Sparse

NO_VALUE = "<no value>"


class Byte(int):
    """A byte of a string, as `index` gives it."""


class Nothing:
    """What a missing key of an open map gives: as nil, but its fields are nothing too."""


NOTHING = Nothing()
_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (Byte, "uint8"),
    (int, "int"),
    (float, "float64"),
    (str, "string"),
)


def type_name(value: Any) -> str:
    """The name of the Go type that a value stands for, `nil` for nothing."""
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name
    if isinstance(value, Mapping):
        return f"map[string]{_element(value.values())}"
    return f"[]{_element(value)}" if isinstance(value, list | tuple) else "nil"


def _element(values: Any) -> str:
    return "string" if all(isinstance(value, str) for value in values) else "interface {}"


def is_integer(value: Any) -> bool:
    """Whether a value is one of Go's integers, which a truth is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_true(value: Any) -> bool:
    """Whether `if` takes a value for true: what is not empty, nil or zero."""
    return value is not NOTHING and bool(value)


def sorted_items(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The items of a map in the order of their keys."""
    return sorted(value.items(), key=lambda item: to_bytes(item[0]))


def zero_of(value: Mapping[str, Any]) -> Any:
    """What a map gives for a key that it does not have."""
    return "" if type_name(value) == "map[string]string" else None


def field_of(value: Mapping[str, Any], name: str) -> Any:
    """What a map has under a field's name; raises KeyError for a name that it cannot have."""
    if name in value:
        return value[name]
    if isinstance(value, OpenMap):
        return NOTHING
    if isinstance(value, Sparse):
        return value.left_out[name]
    raise KeyError(name)


def to_bytes(text: str) -> bytes:
    """A text in UTF-8, where bytes that are no text are kept as they came."""
    return text.encode("utf-8", "surrogateescape")


def to_text(raw: bytes) -> str:
    """A text of bytes; those that are no UTF-8 are kept, in Python's way."""
    return raw.decode("utf-8", "surrogateescape")
