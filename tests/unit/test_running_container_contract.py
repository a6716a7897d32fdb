"""The contract on the fakes."""

from __future__ import annotations

import pytest

from domain.spec import ContainerSpec
from tests.unit.contracts.running_container_contract import Running, RunningContainerContract
from tests.unit.fakes.container_pauses import (
    FakeContainerPauses,
    FakeContainerProbes,
    FakeContainerResources,
)
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image


class TestFakes(RunningContainerContract):
    @pytest.fixture
    async def subject(self) -> Running:
        world = FakeWorld()
        await put_image(world.images)
        run = world.daemon().run()
        async for _ in run(ContainerSpec(IMAGE, ("sleep", "100")), "one", attach=False):
            pass
        (runtime_id,) = world.runtime.containers
        runtime = world.runtime
        return Running(
            FakeContainerPauses(runtime),
            FakeContainerProbes(runtime),
            FakeContainerResources(runtime),
            runtime_id,
        )
