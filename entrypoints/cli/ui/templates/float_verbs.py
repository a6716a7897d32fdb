"""Floating-point numbers as the verbs of Go's fmt write them."""

from __future__ import annotations

import re

from entrypoints.cli.ui.templates.layout import Layout
from entrypoints.cli.ui.templates.numerals import written

_SIX = {"e": 6, "E": 6, "f": 6, "F": 6}
_KNOWN = {"v", "b", "g", "G", "x", "X", *_SIX}
_TAIL = re.compile(r"[pP].*|[eE][-+].*")


def written_float(layout: Layout, verb: str, value: float) -> str | None:
    """The number in the form of the verb, None for a verb of others."""
    if verb not in _KNOWN:
        return None
    precision = _SIX.get(verb) if layout.precision is None else layout.precision
    text = written(value, {"v": "g", "F": "f"}.get(verb, verb).lower(), precision)
    negative, text = text.startswith("-"), text.removeprefix("-")
    if layout.sharp and verb != "b":
        text = _with_point(text, _digits(layout, verb))
    text = text.upper() if verb in {"E", "G", "X"} else text
    return _laid_out(layout, text, negative=negative)


def _laid_out(layout: Layout, text: str, *, negative: bool) -> str:
    if layout.zero and not layout.minus:
        sign = layout.signed("", negative=negative)
        return sign + text.rjust(layout.width - len(sign), "0")
    return layout.padded(layout.signed(text, negative=negative))


def _digits(layout: Layout, verb: str) -> int:
    """How many digits `#` keeps."""
    if verb not in {"v", "g", "G", "x"}:
        return 0
    return 6 if layout.precision is None else layout.precision


def _with_point(text: str, digits: int) -> str:
    """A number with a point, and zeros up to so many digits."""
    found = _TAIL.search(text)
    number, tail = (text[: found.start()], found[0]) if found else (text, "")
    significant = re.sub(r"^0*", "", number.replace(".", ""))
    missing = digits - len(significant)
    if "." not in number:
        missing -= number == "0"
        number += "."
    return number + "0" * missing + tail
