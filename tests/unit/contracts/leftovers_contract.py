"""What every Leftovers does."""

from __future__ import annotations

from typing import Protocol

import pytest

from application.ports.leftovers import Leftover, Leftovers


class LeftoverWorld(Protocol):
    """Leftovers on a machine."""

    leftovers: Leftovers

    def make(self) -> dict[str, Leftover]:
        """Leave one of each kind behind, by kind."""

    def exists(self, leftover: Leftover) -> bool:
        """Whether it is still on the machine."""


class LeftoversContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> LeftoverWorld:
        raise NotImplementedError

    async def test_what_was_left_is_found(self, subject: LeftoverWorld) -> None:
        before = await subject.leftovers.find()
        made = set(subject.make().values())
        assert not made & before
        assert await subject.leftovers.find() >= made

    async def test_each_is_removed_alone(self, subject: LeftoverWorld) -> None:
        made = set(subject.make().values())
        while made:
            leftover = made.pop()
            await subject.leftovers.remove(leftover)
            assert not subject.exists(leftover)
            assert all(subject.exists(other) for other in made)
            assert await subject.leftovers.find() >= made

    async def test_removing_is_idempotent(self, subject: LeftoverWorld) -> None:
        for leftover in subject.make().values():
            for _ in range(2):
                await subject.leftovers.remove(leftover)
            assert leftover not in await subject.leftovers.find()
