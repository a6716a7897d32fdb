"""Events in memory."""

from __future__ import annotations

from dataclasses import replace

from domain.events import Event
from tests.unit.fakes.faults import Faults


class FakeEventStore:
    """EventStore of the newest `kept`. Failures: "append"."""

    def __init__(self, kept: int = 10_000) -> None:
        self._kept = kept
        self._events: list[Event] = []
        self._last = 0
        self.faults = Faults()

    async def append(self, batch: tuple[Event, ...]) -> None:
        """Number and keep them."""
        async with self.faults.call("append"):
            for event in batch:
                self._last += 1
                self._events.append(replace(event, number=self._last))
            self._events = self._events[-self._kept :]

    async def list(self, after: int, limit: int) -> tuple[Event, ...]:
        """Those of higher numbers."""
        return tuple(event for event in self._events if event.number > after)[:limit]

    async def last(self) -> int:
        """The highest number."""
        return self._last
