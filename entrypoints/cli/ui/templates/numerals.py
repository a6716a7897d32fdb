"""Finite floating-point numbers as Go's strconv writes them."""

from __future__ import annotations

from decimal import Decimal

_POINT_WANDERS = 6  # from this exponent on, %g writes it


def _digits(value: float) -> tuple[str, str, int]:
    """The sign, the fewest digits that mean the value, and where the point stands among them."""
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    stripped = text.strip("0")
    point = len(text.lstrip("0")) + exponent if stripped else 1
    return "-" if sign else "", stripped or "0", point


def shortest(value: float, verb: str) -> str:
    """A number with as many digits as it takes, in the form of a verb: e, f or g."""
    sign, digits, point = _digits(value)
    if verb == "e" or (verb == "g" and not -4 <= point - 1 < _POINT_WANDERS):
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{point - 1:+03d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def written(value: float, verb: str, precision: int | None) -> str:
    """A number in the form of one of Go's verbs b, e, f, g, x; None asks for the fewest digits."""
    if verb == "b":
        return _binary(value)
    if verb == "x":
        return _hexadecimal(value, precision)
    if precision is None:
        return shortest(value, verb)
    return f"{value:.{precision}{verb}}"


def _binary(value: float) -> str:
    """The mantissa as a whole number, and the power of two."""
    mantissa, exponent = value.hex().split("p")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").removeprefix("0x").partition(".")
    number = int(whole + fraction.ljust(13, "0"), 16)
    return f"{sign}{number}p{int(exponent) - 52:+d}" if number else f"{sign}0p-1074"


def _hexadecimal(value: float, precision: int | None) -> str:
    mantissa, exponent = value.hex().split("p")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    if precision is not None:
        whole, fraction, carried = _rounded(whole, fraction, precision)
        exponent = str(int(exponent) + carried)
    return f"{whole}{'.' if fraction else ''}{fraction}p{int(exponent):+03d}"


def _rounded(whole: str, fraction: str, precision: int) -> tuple[str, str, int]:
    """A hexadecimal mantissa with so many digits, half to even, and what the exponent grows by."""
    extra = len(fraction) - precision
    if extra <= 0:
        return whole, fraction.ljust(precision, "0"), 0
    head, _, lead = whole.rpartition("x")
    number, half = int(lead + fraction, 16), 16**extra // 2
    kept, rest = divmod(number, 16**extra)
    kept += rest > half or (rest == half and kept % 2 == 1)
    digits = f"{kept:0{precision + 1}x}"
    carried = digits[: len(digits) - precision] == "2"
    lead = "1" if carried else digits[: len(digits) - precision]
    return f"{head}x{lead}", digits[len(digits) - precision :], int(carried)
