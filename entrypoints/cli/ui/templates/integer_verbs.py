"""Integers as the verbs of Go's fmt write them."""

from __future__ import annotations

from entrypoints.cli.ui.templates.layout import Layout
from entrypoints.cli.ui.templates.quoting import quoted

_FORMS = {"v": "d", "d": "d", "b": "b", "o": "o", "O": "o", "x": "x", "X": "X"}
_PREFIXES = {"b": "0b", "x": "0x", "X": "0X"}
_HIGHEST = 0x10FFFF


def written_integer(layout: Layout, verb: str, value: int) -> str | None:
    """The integer in the form of the verb, None for a verb of others."""
    if verb == "c":
        return layout.padded(_letter(value))
    if verb == "q":
        return layout.padded(quoted(_letter(value), "'", ascii_only=layout.plus))
    if verb == "U":
        return layout.padded(_unicode(layout, value), zeros=False)
    return _number(layout, verb, value) if verb in _FORMS else None


def _letter(value: int) -> str:
    return chr(value) if 0 <= value <= _HIGHEST and not 0xD800 <= value < 0xE000 else "\ufffd"


def _unicode(layout: Layout, value: int) -> str:
    unsigned = value % 2**64
    text = f"U+{unsigned:0{max(4, layout.precision or 0)}X}"
    if layout.sharp and unsigned <= _HIGHEST and chr(unsigned).isprintable():
        text += f" '{chr(unsigned)}'"
    return text


def _number(layout: Layout, verb: str, value: int) -> str:
    if layout.precision == 0 and value == 0:
        return " " * layout.width
    digits = f"{abs(value):{_FORMS[verb]}}".rjust(_fewest(layout, value), "0")
    if layout.sharp:
        digits = _PREFIXES.get(verb, "") + digits
        if verb in {"o", "O"} and digits[0] != "0":
            digits = f"0{digits}"
    if verb == "O":
        digits = f"0o{digits}"
    return layout.padded(layout.signed(digits, negative=value < 0), zeros=False)


def _fewest(layout: Layout, value: int) -> int:
    """How many digits there are at least."""
    if layout.precision is not None:
        return layout.precision
    if not layout.zero or layout.minus:
        return 0
    return layout.width - (value < 0 or layout.plus or layout.space)
