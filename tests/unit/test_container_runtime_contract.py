"""The contract on the fake, and what the fake alone can show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from application.lifecycle.missed_exits import RecordedExits
from domain.container import ContainerState
from domain.errors import RuntimeFailed
from tests.unit.contracts.container_runtime_contract import SLEEP, ContainerRuntimeContract, Runtimes
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.container_store import FakeContainerStore
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


@pytest.fixture
def world() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def runtimes(world: FakeRuntime, tmp_path: Path) -> Runtimes:
    world.absent_images.add("sha256:absent")
    return Runtimes(
        FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "sha256:absent", tmp_path
    )


class TestFakeContainerRuntime(ContainerRuntimeContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes) -> Runtimes:
        return runtimes


class TestRecordedExits(ContainerRuntimeContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes) -> Runtimes:
        return replace(runtimes, containers=RecordedExits(runtimes.containers, FakeContainerStore()))


async def test_a_driven_end_is_told_once(world: FakeRuntime, runtimes: Runtimes) -> None:
    told: list[str] = []
    world.listeners.append(told.append)
    runtime_id = await runtimes.start(*SLEEP)
    world.finish(runtime_id, 137, "OOMKilled")
    world.finish(runtime_id, 0)
    state = await runtimes.containers.status(runtime_id)
    assert told == [runtime_id]
    assert state.exit is not None
    assert (state.exit.code, state.exit.out_of_memory) == (137, True)


async def test_a_lost_answer_comes_after_the_work(world: FakeRuntime, runtimes: Runtimes) -> None:
    runtime_id = await runtimes.create(*SLEEP)
    world.fail("start", RuntimeFailed("container runtime", "connection-lost"), after=True)
    with pytest.raises(RuntimeFailed, match="lost"):
        await runtimes.containers.start(runtime_id)
    assert (await runtimes.containers.status(runtime_id)).state is ContainerState.RUNNING
    assert sorted(line.split()[0] for line in world.leftovers()) == ["container", "sandbox"]
