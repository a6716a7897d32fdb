"""What a function of templates takes: how many arguments, and of which types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entrypoints.cli.ui.templates.nodes import Constant, Nil, Operand
from entrypoints.cli.ui.templates.values import Byte, is_integer, type_name
from entrypoints.cli.usage import UsageError


@dataclass(frozen=True, slots=True)
class Called:
    """A function with the kinds of its arguments: "any", "string" or "int".

    `rest` is the kind of any number of further ones. What stops at a truth gets its arguments one by one.
    """

    run: Callable[..., Any]
    kinds: tuple[str, ...] = ()
    rest: str = ""
    stops_at: bool | None = None

    def kind(self, at: int) -> str:
        """The kind of the argument at a place."""
        return self.kinds[at] if at < len(self.kinds) else self.rest

    def check_count(self, name: str, count: int) -> None:
        """Raise UsageError for too many arguments or too few."""
        if count < len(self.kinds) or (count > len(self.kinds) and not self.rest):
            raise UsageError("template-argument-count", name, str(count))


def of_kind(name: str, kind: str, operand: Operand, value: Any) -> Any:
    """The value of an operand as a function takes it; raises UsageError for another type."""
    if kind == "int" and isinstance(operand, Constant) and _is_whole(value):
        return int(value)
    if kind != "any" and isinstance(operand, Nil):
        raise UsageError("template-argument-type", name, "nil")
    return checked(name, kind, value)


def checked(name: str, kind: str, value: Any) -> Any:
    """The value; raises UsageError if it is not of the kind."""
    if (
        kind == "any"
        or (kind == "string" and isinstance(value, str))
        or (kind == "int" and is_integer(value) and not isinstance(value, Byte))
    ):
        return value
    raise UsageError("template-argument-type", name, type_name(value))


def _is_whole(value: Any) -> bool:
    """Whether a floating-point number is one that Go's int holds."""
    return isinstance(value, float) and value.is_integer() and abs(value) < 2**63
