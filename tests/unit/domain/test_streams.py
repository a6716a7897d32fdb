"""Detach keys, and the gate's marks in a stream."""

from __future__ import annotations

import pytest

from domain.errors import InvalidArgument
from domain.gate import Unmarked
from domain.streams import DetachScanner, parse_detach_keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [("ctrl-p,ctrl-q", b"\x10\x11"), ("ctrl-@,x", b"\0x"), ("", b""), ("ctrl-[", b"\x1b"), ("a,b", b"ab")],
)
def test_detach_keys(text: str, keys: bytes) -> None:
    assert parse_detach_keys(text) == keys


@pytest.mark.parametrize("text", ["ctrl-", "ctrl-1", "xy", "a,,b", ",", "é"])
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_detach_keys(text)


@pytest.mark.parametrize(
    ("pieces", "passed", "pressed"),
    [
        ((b"ab",), b"ab", False),
        ((b"a\x10", b"\x11b"), b"a", True),
        ((b"\x10", b"x"), b"\x10x", False),
        ((b"\x10\x10\x11",), b"\x10", True),
        ((b"\x10",), b"", False),
    ],
)
def test_what_is_passed_on(pieces: tuple[bytes, ...], passed: bytes, *, pressed: bool) -> None:
    scanner = DetachScanner(b"\x10\x11")
    fed = [scanner.feed(piece) for piece in pieces]
    assert b"".join(data for data, _ in fed) == passed
    assert fed[-1][1] is pressed


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("written", "left"),
    [
        (b"\0\0k3c gate open\nhello", b"hello"),
        (b"\0k3c gate open\r\n\0\0x", b"\0\0x"),
        (b"\0k3c gate open\n", b""),
        (b"plain\0", b"plain\0"),
        (b"\0k3c gate is another thing", b"k3c gate is another thing"),
    ],
)
def test_marks_are_taken_out(written: bytes, left: bytes, size: int) -> None:
    marks = Unmarked()
    pieces = (written[start : start + size] for start in range(0, len(written), size))
    assert b"".join(map(marks.feed, pieces)) == left
    assert marks.seen is written.startswith(b"\0")
