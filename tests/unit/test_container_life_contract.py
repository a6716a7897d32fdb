"""The contracts on the fakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.container_life_contract import (
    ContainerPausesContract,
    ContainerProbesContract,
    ContainerResourcesContract,
    Lives,
)
from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.fakes.container_pauses import FakeContainerPauses
from tests.unit.fakes.container_probes import FakeContainerProbes
from tests.unit.fakes.container_resources import FakeContainerResources
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


@pytest.fixture
def lives(tmp_path: Path) -> Lives:
    world = FakeRuntime()
    containers = FakeContainerRuntime(world)
    runtimes = Runtimes(FakeSandboxRuntime(world), containers, "sha256:here", "sha256:absent", tmp_path)
    return Lives(
        runtimes, FakeContainerPauses(world), FakeContainerProbes(world), FakeContainerResources(world)
    )


class TestFakeContainerPauses(ContainerPausesContract):
    @pytest.fixture
    def subject(self, lives: Lives) -> Lives:
        return lives


class TestFakeContainerProbes(ContainerProbesContract):
    @pytest.fixture
    def subject(self, lives: Lives) -> Lives:
        return lives


class TestFakeContainerResources(ContainerResourcesContract):
    @pytest.fixture
    def subject(self, lives: Lives) -> Lives:
        return lives
