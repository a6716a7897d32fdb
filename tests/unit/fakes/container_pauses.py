"""Frozen containers of a FakeRuntime."""

from __future__ import annotations

from domain.container import ContainerState
from domain.errors import NotFound
from tests.unit.fakes.sandbox_runtime import FakeRuntime


class FakeContainerPauses:
    """ContainerPauses in a FakeRuntime. Troubles of the world are met by "pause" and "resume"."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self.frozen: set[str] = set()

    async def pause(self, runtime_id: str) -> None:
        """Note it."""
        async with self.world.call("pause", runtime_id):
            self._check(runtime_id)
            self.frozen.add(runtime_id)

    async def resume(self, runtime_id: str) -> None:
        """Forget it."""
        async with self.world.call("resume", runtime_id):
            self._check(runtime_id)
            self.frozen.discard(runtime_id)

    async def is_paused(self, runtime_id: str) -> bool:
        """Whether it was noted, and runs."""
        return runtime_id in await self.list()

    async def list(self) -> frozenset[str]:
        """All that were noted and run."""
        return frozenset(runtime_id for runtime_id in self.frozen if self._runs(runtime_id))

    def _runs(self, runtime_id: str) -> bool:
        container = self.world.containers.get(runtime_id)
        return container is not None and container.state.state is ContainerState.RUNNING

    def _check(self, runtime_id: str) -> None:
        if not self._runs(runtime_id):
            raise NotFound("container", runtime_id)
