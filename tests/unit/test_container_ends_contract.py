"""The contracts on the fakes, and what the fakes alone can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import Unavailable
from tests.unit.contracts.container_ends_contract import (
    ContainerExitsContract,
    Ends,
    ProcessSignalsContract,
    watching,
)
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.fakes.container_exits import FakeContainerExits
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.process_signals import FakeProcessSignals
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


@pytest.fixture
def world() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def ends(world: FakeRuntime, tmp_path: Path) -> Ends:
    runtimes = Runtimes(FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "", tmp_path)
    return Ends(runtimes, FakeContainerExits(world), FakeProcessSignals(world))


class TestFakeContainerExits(ContainerExitsContract):
    @pytest.fixture
    def subject(self, ends: Ends) -> Ends:
        return ends


class TestFakeProcessSignals(ProcessSignalsContract):
    @pytest.fixture
    def subject(self, ends: Ends) -> Ends:
        return ends


async def test_signals_are_noted_and_fail_when_they_are_told_to(world: FakeRuntime, ends: Ends) -> None:
    signals = FakeProcessSignals(world)
    runtime_id = await ends.runtimes.start(*SLEEP)
    for number in (10, 9):
        await signals.signal(runtime_id, number)
    assert signals.sent == [(runtime_id, 10), (runtime_id, 9)]
    world.fail("signal", Unavailable("containerd", "", "reported", "gone"))
    with pytest.raises(Unavailable):
        await signals.signal(runtime_id, 10)


async def test_a_lost_runtime_that_is_found_is_a_gap(world: FakeRuntime, ends: Ends) -> None:
    exits = FakeContainerExits(world)
    first, second = [await ends.runtimes.start(*SLEEP) for _ in range(2)]
    async with watching(exits) as told:
        exits.lose()
        world.finish(first, 0)
        exits.find()
        assert await anext(told) == ""
        world.finish(second, 0)
        assert await anext(told) == second
