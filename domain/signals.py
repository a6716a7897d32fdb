"""Signals as people write them."""

from __future__ import annotations

import re
import signal

from domain.errors import InvalidArgument

_REAL_TIME = re.compile(r"SIGRT(?P<end>MIN|MAX)(?P<offset>[+-][0-9]{1,2})?")


def signal_number(text: str) -> int:
    """`9`, `KILL`, `sigkill` or `RTMIN+3` as a number from 1 to 64; raises InvalidArgument."""
    number = (
        int(text)
        if text.isdecimal() and len(text) < 4
        else _number_of(f"SIG{text.upper().removeprefix('SIG')}")
    )
    if not 1 <= number <= signal.SIGRTMAX:
        raise InvalidArgument("signal", text, "unknown")
    return number


def _number_of(name: str) -> int:
    """The number of a full name, 0 for what is none."""
    if name in signal.Signals.__members__:
        return signal.Signals[name].value
    found = _REAL_TIME.fullmatch(name)
    if found is None:
        return 0
    number = (signal.SIGRTMIN if found["end"] == "MIN" else signal.SIGRTMAX) + int(found["offset"] or 0)
    return number if signal.SIGRTMIN <= number <= signal.SIGRTMAX else 0
