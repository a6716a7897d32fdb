"""The contract on the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.contracts.container_streams_contract import ContainerStreamsContract, StreamWorld
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime
from tests.unit.fakes.streams import FakeContainerStreams, FakeGates


class TestFakeContainerStreams(ContainerStreamsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> StreamWorld:
        world = FakeRuntime()
        runtimes = Runtimes(
            FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "sha256:absent", tmp_path
        )
        return StreamWorld(runtimes, FakeGates(world), FakeContainerStreams(world))
