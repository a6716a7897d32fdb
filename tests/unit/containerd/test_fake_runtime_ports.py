"""The fakes of signals and exits, which have their real counterparts in tests/integration."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from domain.errors import NotFound, Unavailable
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.fakes.container_exits import FakeContainerExits
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.process_signals import FakeProcessSignals
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


@pytest.fixture
def world() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def runtimes(world: FakeRuntime, tmp_path: Path) -> Runtimes:
    return Runtimes(FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "", tmp_path)


async def test_signals(world: FakeRuntime, runtimes: Runtimes) -> None:
    signals = FakeProcessSignals(world)
    runtime_id = await runtimes.start(*SLEEP)
    for number in (10, 9):
        await signals.signal(runtime_id, number)
    assert signals.sent == [(runtime_id, 10), (runtime_id, 9)]
    state = await runtimes.containers.status(runtime_id)
    assert state.exit is not None
    assert state.exit.code == 137
    with pytest.raises(NotFound):
        await signals.signal(runtime_id, 10)
    world.fail("signal", Unavailable("containerd", "", "gone"))
    with pytest.raises(Unavailable):
        await signals.signal(runtime_id, 10)


async def test_exits(world: FakeRuntime, runtimes: Runtimes) -> None:
    exits = FakeContainerExits(world)
    first, second = [await runtimes.start(*SLEEP) for _ in range(2)]
    async with aclosing(exits.watch()) as told:  # type: ignore[type-var]
        assert await anext(told) == ""
        world.finish(first, 0)
        assert await anext(told) == first
        exits.lose()
        world.finish(second, 0)
        exits.find()
        assert await anext(told) == ""
