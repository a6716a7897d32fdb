"""What every MissedExits does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from application.ports.runtime import MissedExits
from domain.container import ExitStatus
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID

LIVES = ("sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.01; done")


@dataclass(frozen=True)
class Missing:
    """A runtime that can be `down`, and what is found of it then.

    `finish` ends the process of a container meanwhile: 7 if it is LIVES, 137 if it is SLEEP.
    """

    runtimes: Runtimes
    exits: MissedExits
    down: Callable[[], AbstractContextManager[None]]
    finish: Callable[[str, int], None]

    async def found(self, *runtime_ids: str) -> dict[str, ExitStatus]:
        """What is found of those; what keeps them may be a moment behind."""
        for _ in range(200):
            if found := await self.exits.find(runtime_ids):
                return found
            await asyncio.sleep(0.01)
        return {}


class MissedExitsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Missing:
        raise NotImplementedError

    @pytest.mark.parametrize(("command", "code"), [(LIVES, 7), (SLEEP, 137)])
    async def test_how_it_ended(self, subject: Missing, command: tuple[str, ...], code: int) -> None:
        ends, lasts = await subject.runtimes.start(*command), await subject.runtimes.start(*SLEEP)
        with subject.down():
            assert await subject.exits.find((ends, lasts)) == {}
            began = datetime.now(UTC)
            subject.finish(ends, code)
            found = await subject.found(lasts, ends, UNKNOWN_ID)
            assert await subject.exits.find((lasts, UNKNOWN_ID)) == {}
            assert await subject.exits.find((ends,)) == found
        assert {runtime_id: (one.code, one.reason) for runtime_id, one in found.items()} == {ends: (code, "")}
        assert began <= found[ends].finished_at <= began + timedelta(seconds=30)

    async def test_nothing_was_asked(self, subject: Missing) -> None:
        with subject.down():
            assert await subject.exits.find(()) == {}

    async def test_nothing_is_known_of_what_was_not_started(self, subject: Missing) -> None:
        created = await subject.runtimes.create(*SLEEP)
        with subject.down():
            assert await subject.exits.find((created,)) == {}
