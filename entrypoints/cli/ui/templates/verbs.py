"""A value as a verb of Go's fmt writes it: `%v`, `%d`, `%q` and so on, with flags, width and precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from entrypoints.cli.ui.templates.float_verbs import written_float
from entrypoints.cli.ui.templates.integer_verbs import written_integer
from entrypoints.cli.ui.templates.layout import Layout
from entrypoints.cli.ui.templates.quoting import can_backquote, quoted
from entrypoints.cli.ui.templates.values import Byte, sorted_items, to_bytes, type_name

_NIL = "<nil>"
_OF_OTHERS = {"p", "w"}  # the verbs of pointers and errors, which data does not have


@dataclass(slots=True)
class Directive(Layout):
    """What stands between `%` and the verb; `go_syntax` is `#` with `v`."""

    go_syntax: bool = False

    def for_verb(self, verb: str) -> Directive:
        """With `v` and `w`, the flags `#` and `+` mean something else."""
        if verb in {"v", "w"}:
            self.go_syntax, self.sharp, self.plus = self.sharp, False, False
        return self


def written_value(directive: Directive, verb: str, value: Any) -> str:
    """The value in the form of the verb; what has no such form is told in Go's way."""
    if verb == "T":
        return directive.padded(_NIL if value is None else directive.cut(type_name(value)))
    if value is None:
        return directive.padded(_NIL) if verb == "v" else f"%!{verb}({_NIL})"
    return _written(directive, verb, value)


def _written(directive: Directive, verb: str, value: Any) -> str:
    if verb in _OF_OTHERS:
        return _bad(directive, verb, value)
    if isinstance(value, Mapping):
        return _map(directive, verb, value)
    if isinstance(value, list | tuple):
        return _list(directive, verb, value)
    text = _scalar(value)(directive, verb, value)
    return _bad(directive, verb, value) if text is None else text


def _scalar(value: Any) -> Callable[[Directive, str, Any], str | None]:
    """What writes such a value, None for a verb that it does not know."""
    if isinstance(value, bool):
        return _bool
    if isinstance(value, int):
        return _integer
    return written_float if isinstance(value, float) else _string


def _bad(directive: Directive, verb: str, value: Any) -> str:
    return f"%!{verb}({type_name(value)}={_written(directive, 'v', value)})"


def _integer(directive: Directive, verb: str, value: int) -> str | None:
    if verb == "v" and directive.go_syntax and isinstance(value, Byte):
        return written_integer(directive.sharpened(), "x", value)
    return written_integer(directive, verb, value)


def _bool(directive: Directive, verb: str, value: bool) -> str | None:  # noqa: FBT001 - a value as others
    return directive.padded(str(value).lower()) if verb in {"t", "v"} else None


def _string(directive: Directive, verb: str, value: str) -> str | None:
    if verb == "q" or (verb == "v" and directive.go_syntax):
        return directive.padded(_quoted(directive, directive.cut(value)))
    if verb in {"s", "v"}:
        return directive.padded(directive.cut(value))
    return _hexadecimal(directive, verb, value) if verb in {"x", "X"} else None


def _quoted(directive: Directive, text: str) -> str:
    if directive.sharp and can_backquote(text):
        return f"`{text}`"
    return quoted(text, ascii_only=directive.plus)


def _hexadecimal(directive: Directive, verb: str, text: str) -> str:
    """The bytes of a text."""
    prefix = f"0{verb}" if directive.sharp else ""
    pairs = [f"{byte:02{verb}}" for byte in to_bytes(text)[: directive.precision]]
    if directive.space:
        return directive.padded(" ".join(prefix + pair for pair in pairs))
    return directive.padded(prefix * bool(pairs) + "".join(pairs))


def _element(directive: Directive, verb: str, value: Any) -> str:
    if value is None:
        return "interface {}(nil)" if directive.go_syntax else _NIL
    return _written(directive, verb, value)


def _list(directive: Directive, verb: str, values: list[Any] | tuple[Any, ...]) -> str:
    parts = [_element(directive, verb, value) for value in values]
    if directive.go_syntax and verb == "v":
        return f"{type_name(values)}{{{', '.join(parts)}}}"
    return f"[{' '.join(parts)}]"


def _map(directive: Directive, verb: str, values: Mapping[str, Any]) -> str:
    parts = [
        f"{_written(directive, verb, key)}:{_element(directive, verb, value)}"
        for key, value in sorted_items(values)
    ]
    if directive.go_syntax and verb == "v":
        return f"{type_name(values)}{{{', '.join(parts)}}}"
    return f"map[{' '.join(parts)}]"
