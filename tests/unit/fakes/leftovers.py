"""Leftovers in memory."""

from __future__ import annotations

from application.ports.leftovers import Leftover
from tests.unit.fakes.faults import Faults


class FakeLeftovers:
    """Leftovers that a test puts there. Failures: "find", "remove"."""

    def __init__(self, *there: Leftover) -> None:
        self.there = set(there)
        self.faults = Faults()

    async def find(self) -> frozenset[Leftover]:
        """All that are there."""
        async with self.faults.call("find"):
            return frozenset(self.there)

    async def remove(self, leftover: Leftover) -> None:
        """Take one away."""
        async with self.faults.call("remove"):
            self.there.discard(leftover)
