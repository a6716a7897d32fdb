"""The comparisons of templates, as strict about types as Go."""

from __future__ import annotations

import operator
from typing import Any

from entrypoints.cli.ui.templates.values import to_bytes, type_name
from entrypoints.cli.usage import UsageError

_BASIC = {"bool": "bool", "int": "int", "uint8": "int", "float64": "float64", "string": "string"}


def equal(first: Any, *others: Any) -> bool:
    """Whether the first value is one of the others; what cannot be compared is an error before it is found."""
    return any(_equal(first, other) for other in others)


def _equal(first: Any, second: Any) -> bool:
    kind = _BASIC.get(type_name(first))
    if kind != _BASIC.get(type_name(second)):
        if first is None or second is None:
            return False
        raise _incomparable(first, second)
    if kind is None and first is not None and second is not None:
        raise _incomparable(first, second)
    return bool(first == second)


def less(first: Any, second: Any) -> bool:
    """Whether a number or a string comes before another."""
    return bool(operator.lt(*_ordered(first, second)))


def less_or_equal(first: Any, second: Any) -> bool:
    """Whether a number or a string does not come after another."""
    return bool(operator.le(*_ordered(first, second)))


def _ordered(first: Any, second: Any) -> tuple[Any, Any]:
    """Both as Python orders them; raises UsageError for types that have no order."""
    kind = _BASIC.get(type_name(first))
    if kind != _BASIC.get(type_name(second)) or kind in {None, "bool"}:
        raise _incomparable(first, second)
    return (to_bytes(first), to_bytes(second)) if kind == "string" else (first, second)


def _incomparable(first: Any, second: Any) -> UsageError:
    return UsageError("template-comparison", type_name(first), type_name(second))
