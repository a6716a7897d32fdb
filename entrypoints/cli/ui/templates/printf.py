"""Go's Sprintf."""

from __future__ import annotations

from typing import Any

from entrypoints.cli.ui.templates.values import is_integer, type_name
from entrypoints.cli.ui.templates.verbs import Directive, written_value

_FLAGS = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}
_MOST = 1_000_000  # a width or a precision


def printf(pattern: str, *values: Any) -> str:
    """The pattern with the values in the place of its verbs; what does not fit is told in the text."""
    return _Printf(pattern, values).text()


class _Printf:
    """One walk over a pattern."""

    def __init__(self, pattern: str, values: tuple[Any, ...]) -> None:
        self._pattern = pattern
        self._values = values
        self._written: list[str] = []
        self._at = 0
        self._value = 0  # which comes next
        self._reordered = False  # whether any value was asked for by its index
        self._known = True  # whether the index that was asked for is there
        self._indexed = False  # whether an index was the last thing read

    def text(self) -> str:
        while (percent := self._pattern.find("%", self._at)) >= 0:
            self._written.append(self._pattern[self._at : percent])
            self._at = percent + 1
            self._directive()
        self._written.append(self._pattern[self._at :])
        if not self._reordered and self._value < len(self._values):
            self._written.append(f"%!(EXTRA {', '.join(map(_extra, self._values[self._value :]))})")
        return "".join(self._written)

    def _directive(self) -> None:
        self._known = True
        directive = Directive()
        while flag := _FLAGS.get(self._letter()):
            setattr(directive, flag, True)
            self._at += 1
        self._indexed = False
        self._index()
        self._width(directive)
        self._precision(directive)
        if not self._indexed:
            self._index()
        self._verb(directive)

    def _letter(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _index(self) -> None:
        """Read `[2]`, which says what value comes next."""
        self._indexed = False
        if self._letter() != "[":
            return
        self._reordered = True
        close = self._pattern.find("]", self._at)
        digits = self._pattern[self._at + 1 : close] if close >= 0 else ""
        self._at = close + 1 if close >= 0 else self._at + 1
        number = _number(digits)
        self._indexed = number is not None
        if number is not None and 1 <= number <= len(self._values):
            self._value = number - 1
        else:
            self._known = False

    def _width(self, directive: Directive) -> None:
        if self._letter() == "*":
            width = self._given("%!(BADWIDTH)")
            directive.width = abs(width or 0)
            if width is not None and width < 0:
                directive.minus, directive.zero = True, False
            return
        width = self._digits()
        directive.width = width or 0
        if self._indexed and width is not None:
            self._known = False

    def _precision(self, directive: Directive) -> None:
        if self._letter() != ".":
            return
        self._at += 1
        if self._indexed:
            self._known = False
        self._index()
        if self._letter() == "*":
            precision = self._given("%!(BADPREC)", least=0)
            directive.precision = precision
        else:
            directive.precision = self._digits() or 0

    def _given(self, wrong: str, least: int = -_MOST) -> int | None:
        """The number that `*` takes from the values; writes what is wrong if it is none."""
        self._at += 1
        self._indexed = False
        number: Any = None
        if self._value < len(self._values):
            number = self._values[self._value]
            self._value += 1
        if not is_integer(number) or not least <= number <= _MOST:
            self._written.append(wrong)
            return None
        return int(number)

    def _digits(self) -> int | None:
        """The number that stands here, None for none; after one that is too large, nothing is read."""
        start = self._at
        while (letter := self._letter()) and letter in "0123456789":
            self._at += 1
            if int(self._pattern[start : self._at - 1] or "0") > _MOST:
                self._at = len(self._pattern)
                return None
        return int(self._pattern[start : self._at]) if self._at > start else None

    def _verb(self, directive: Directive) -> None:
        verb = self._letter()
        self._at += 1
        if not verb:
            self._written.append("%!(NOVERB)")
        elif verb == "%":
            self._written.append("%")
        elif not self._known:
            self._written.append(f"%!{verb}(BADINDEX)")
        elif self._value >= len(self._values):
            self._written.append(f"%!{verb}(MISSING)")
        else:
            self._written.append(written_value(directive.for_verb(verb), verb, self._values[self._value]))
            self._value += 1


def _number(digits: str) -> int | None:
    """The number that digits of an index are, None for what is none."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= len(str(_MOST)) else None


def _extra(value: Any) -> str:
    return "<nil>" if value is None else f"{type_name(value)}={written_value(Directive(), 'v', value)}"
