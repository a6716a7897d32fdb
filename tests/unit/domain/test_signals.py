"""Signals as people write them."""

from __future__ import annotations

import pytest

from domain.errors import InvalidArgument
from domain.signals import signal_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9", 9), ("KILL", 9), ("SIGKILL", 9), ("sigterm", 15), ("usr1", 10), ("RTMIN", 34),
        ("SIGRTMIN+3", 37), ("rtmax-1", 63), ("64", 64),
    ],
)  # fmt: skip
def test_names_and_numbers(text: str, number: int) -> None:
    assert signal_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "0", "65", "-1", "NOPE", "SIG", "RTMIN+99", "RTMAX+1", "9.5", "²", "KILL "]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(InvalidArgument):
        signal_number(text)
