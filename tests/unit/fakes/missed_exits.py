"""The ends that a FakeRuntime misses while it is down."""

from __future__ import annotations

from domain.container import ExitStatus
from tests.unit.fakes.sandbox_runtime import FakeRuntime


class FakeMissedExits:
    """MissedExits of a FakeRuntime."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world

    async def find(self, runtime_ids: tuple[str, ...]) -> dict[str, ExitStatus]:
        """Of those that ended while it was down."""
        async with self.world.call("find", ""):
            missed = self.world.missed or {}
            return {runtime_id: missed[runtime_id] for runtime_id in runtime_ids if runtime_id in missed}
