"""Which events are wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.errors import InvalidArgument
from domain.events import Event, EventFilters

EVENT = Event(
    datetime(2026, 1, 1, tzinfo=UTC),
    "container",
    "exec_start: true",
    "ab12",
    "web",
    {"image": "busybox", "a": "1"},
)


@pytest.mark.parametrize(
    ("pairs", "passes"),
    [
        ((), True),
        ((("type", "container"),), True),
        ((("type", "image"),), False),
        ((("type", "image"), ("type", "container")), True),
        ((("event", "exec_start"),), True),
        ((("container", "web"),), True),
        ((("container", "ab"),), True),
        ((("container", "db"),), False),
        ((("image", "busybox"),), True),
        ((("label", "a"),), True),
        ((("label", "a=2"),), False),
        ((("label", "a"), ("label", "b")), False),
    ],
)
def test_filters(pairs: tuple[tuple[str, str], ...], *, passes: bool) -> None:
    assert EventFilters(pairs).passes(EVENT) is passes


def test_an_unknown_key() -> None:
    with pytest.raises(InvalidArgument):
        EventFilters((("colour", "red"),))
