"""The contracts on the fakes; writers of logs have none, as no use case is tested on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.container_looks_contract import (
    ContainerPidsContract,
    ContainerRootsContract,
    PidWorld,
    RootWorld,
    RuntimeSpecsContract,
    SpecWorld,
)
from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.furniture import FakeContainerRoots, FakeRuntimeSpecs
from tests.unit.fakes.oom_scores import FakeContainerPids
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


@pytest.fixture
def world() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def runtimes(world: FakeRuntime, tmp_path: Path) -> Runtimes:
    return Runtimes(
        FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "", tmp_path / "logs"
    )


class TestFakeContainerRoots(ContainerRootsContract):
    @pytest.fixture
    def subject(self, world: FakeRuntime, runtimes: Runtimes, tmp_path: Path) -> RootWorld:
        (tmp_path / "root").mkdir()
        return RootWorld(runtimes, FakeContainerRoots(world, tmp_path / "root"))


class TestFakeContainerPids(ContainerPidsContract):
    @pytest.fixture
    def subject(self, world: FakeRuntime, runtimes: Runtimes) -> PidWorld:
        return PidWorld(runtimes, FakeContainerPids(world))


class TestFakeRuntimeSpecs(RuntimeSpecsContract):
    @pytest.fixture
    def subject(self, world: FakeRuntime, runtimes: Runtimes) -> SpecWorld:
        return SpecWorld(runtimes, FakeRuntimeSpecs(world))
