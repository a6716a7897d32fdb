"""The contract on the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.contracts.missed_exits_contract import MissedExitsContract, Missing
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.missed_exits import FakeMissedExits
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


class TestFakeMissedExits(MissedExitsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Missing:
        world = FakeRuntime()
        runtimes = Runtimes(
            FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "", tmp_path
        )
        return Missing(runtimes, FakeMissedExits(world), world.down, world.finish)
