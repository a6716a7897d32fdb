"""Go's string, rune and number literals: reading them, and quoting texts as `%q` does."""

from __future__ import annotations

import re

from entrypoints.cli.ui.templates.values import to_bytes, to_text

_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34}
_LETTERS = {7: "a", 8: "b", 12: "f", 10: "n", 13: "r", 9: "t", 11: "v"}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]", re.DOTALL
)
_OCTAL = re.compile(r"[+-]?0(_?[0-7])+")
_DECIMAL = re.compile(r"[+-]?[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]+)?")
_HEX_FLOAT = re.compile(r"[+-]?0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*[pP][+-]?[0-9_]+")
_HIGHEST = 0x10FFFF


def unquoted(literal: str) -> str:
    """The text of a string literal with its quotes; raises ValueError."""
    if literal[0] == "`":
        return literal[1:-1].replace("\r", "")
    return to_text(b"".join(raw for raw, _ in _letters(literal[1:-1], '"')))


def rune(literal: str) -> int:
    """The number of a character constant with its quotes; raises ValueError."""
    letters = _letters(literal[1:-1], "'")
    if len(letters) != 1:
        raise ValueError(literal)
    return letters[0][1]


def _letters(text: str, quote: str) -> list[tuple[bytes, int]]:
    """The bytes and the number of each letter."""
    found, at = [], 0
    while at < len(text):
        match = _ESCAPE.match(text, at)
        if match is None:
            raise ValueError(text)
        found.append(_letter(match, quote))
        at = match.end()
    return found


def _letter(match: re.Match[str], quote: str) -> tuple[bytes, int]:
    if match[0][0] != "\\":
        if match[0] in {quote, "\n"}:
            raise ValueError(match[0])
        return to_bytes(match[0]), ord(match[0])
    if match[1] or match[2]:
        number = int(match[1], 16) if match[1] else int(match[2], 8)
        return bytes([number]), number  # raises ValueError above 255
    if digits := match[3] or match[4]:
        number = int(digits, 16)
        if number > _HIGHEST or 0xD800 <= number < 0xE000:
            raise ValueError(match[0])
        return chr(number).encode(), number
    if match[5] not in _SIMPLE or (match[5] in "'\"" and match[5] != quote):
        raise ValueError(match[0])
    return bytes([_SIMPLE[match[5]]]), _SIMPLE[match[5]]


def number(text: str) -> int | float:
    """The value of a number literal; raises ValueError, also for one that Go's int does not hold."""
    if _HEX_FLOAT.fullmatch(text):
        return float.fromhex(text.replace("_", ""))
    if any(letter in text for letter in ".eE") and "x" not in text.lower():
        if not _DECIMAL.fullmatch(text):
            raise ValueError(text)
        return _finite(float(text))
    whole = int(text.replace("_", ""), 8) if _OCTAL.fullmatch(text) else int(text, 0)
    if not -(2**63) <= whole < 2**63:
        raise ValueError(text)
    return whole


def _finite(value: float) -> float:
    if value in {float("inf"), float("-inf")}:
        raise ValueError(value)
    return value


def quoted(text: str, quote: str = '"', *, ascii_only: bool = False) -> str:
    """A text as a Go literal."""
    return f"{quote}{''.join(_escaped(letter, quote, ascii_only) for letter in text)}{quote}"


def _escaped(letter: str, quote: str, ascii_only: bool) -> str:  # noqa: FBT001 - its one caller passes it on
    code = ord(letter)
    if letter in {quote, "\\"}:
        return f"\\{letter}"
    if letter.isprintable() and not (ascii_only and code > 126):
        return letter
    if code in _LETTERS:
        return f"\\{_LETTERS[code]}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no text
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def can_backquote(text: str) -> bool:
    """Whether a text can stand between backquotes."""
    return not any(
        letter in "`\x7f\ufeff" or (letter < " " and letter != "\t") or "\udc80" <= letter <= "\udcff"
        for letter in text
    )
