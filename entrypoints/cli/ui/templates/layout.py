"""The flags, the width and the precision that stand before a verb."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

_Own = TypeVar("_Own", bound="Layout")


@dataclass(slots=True)
class Layout:
    """How a value is laid out."""

    sharp: bool = False
    zero: bool = False
    plus: bool = False
    minus: bool = False
    space: bool = False
    width: int = 0
    precision: int | None = None

    def padded(self, text: str, *, zeros: bool = True) -> str:
        """A text as wide as asked for."""
        if self.minus:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if self.zero and zeros else " ")

    def cut(self, text: str) -> str:
        """As many letters of a text as the precision says."""
        return text if self.precision is None else text[: self.precision]

    def sharpened(self: _Own) -> _Own:
        """The same with `#`."""
        return replace(self, sharp=True)

    def signed(self, text: str, *, negative: bool) -> str:
        """A number without its sign, with the sign that the flags ask for."""
        return ("-" if negative else "+" if self.plus else " " if self.space else "") + text
