"""Limits of a FakeRuntime's containers."""

from __future__ import annotations

from domain.container import ContainerState
from domain.errors import NotFound
from domain.spec import Resources
from tests.unit.fakes.sandbox_runtime import FakeRuntime


class FakeContainerResources:
    """ContainerResources in a FakeRuntime, by the method "update"; what was set is in `limits`."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self.limits: dict[str, Resources] = {}

    async def update(self, runtime_id: str, resources: Resources) -> None:
        """Note them."""
        async with self.world.call("update", runtime_id):
            container = self.world.containers.get(runtime_id)
            if container is None or container.state.state is not ContainerState.RUNNING:
                raise NotFound("container", runtime_id)
            self.limits[runtime_id] = resources.with_defaults(self.limits.get(runtime_id, Resources()))
