"""Durations, sizes and shares as people write them."""

from __future__ import annotations

import re

from domain.errors import InvalidArgument

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([bkmgt]?)b?", re.IGNORECASE)


def duration(what: str, text: str) -> float:
    """Seconds of `1m30s`, 0 for ""; raises InvalidArgument. A number alone is seconds."""
    if not text or re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text or 0)
    pieces = _DURATION.findall(text)
    if "".join(number + unit for number, unit in pieces) != text:
        raise InvalidArgument(what, text, "duration-form")
    return float(sum(float(number) * _SECONDS[unit] for number, unit in pieces))


def memory_size(what: str, text: str) -> int:
    """Bytes of `512m` or `1.5g`, 0 for ""; raises InvalidArgument. Units are powers of 1024, as docker's."""
    found = _SIZE.fullmatch(text or "0")
    if found is None:
        raise InvalidArgument(what, text, "size-form")
    whole, _, part = found[1].partition(".")
    unit = 1 << 10 * "bkmgt".index(found[2].lower() or "b")
    return int(whole + part) * unit // int("1" + "0" * len(part))


def cpu_quota(cpus: str, period: int) -> int:
    """Microseconds of each period that a number of processors come to; raises InvalidArgument."""
    if not re.fullmatch(r"[0-9]{0,6}(\.[0-9]+)?", cpus) or not float(cpus or 0):
        raise InvalidArgument("cpus", cpus, "cpus-form")
    return round(float(cpus) * period)
