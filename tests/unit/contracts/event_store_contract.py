"""What every EventStore does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from application.ports.state import EventStore
from domain.events import Caller, Event

FIRST = Event(datetime(2026, 1, 1, 12, tzinfo=UTC), "container", "start", "1" * 64, "web", {"a": "b"})


class EventStoreContract:
    """Override `subject`, a store with nothing in it that keeps ten events."""

    @pytest.fixture
    def subject(self) -> EventStore:
        raise NotImplementedError

    async def test_they_come_back_in_order_with_numbers(self, subject: EventStore) -> None:
        assert await subject.last() == 0
        second = replace(FIRST, action="die", caller=Caller(1000, 4711))
        await subject.append((FIRST, second))
        await subject.append((FIRST,))
        assert await subject.list(0, 2) == (replace(FIRST, number=1), replace(second, number=2))
        assert await subject.list(2, 100) == (replace(FIRST, number=3),)
        assert await subject.last() == 3

    async def test_the_oldest_go_and_numbers_do_not_come_back(self, subject: EventStore) -> None:
        for _ in range(12):
            await subject.append((FIRST,))
        assert [event.number for event in await subject.list(0, 100)] == list(range(3, 13))
