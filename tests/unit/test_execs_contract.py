"""The contract on the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.contracts.execs_contract import ExecsContract, ExecWorld
from tests.unit.fakes.container_runtime import FakeContainerRuntime
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime
from tests.unit.fakes.streams import FakeExecs


class TestFakeExecs(ExecsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> ExecWorld:
        world = FakeRuntime()
        runtimes = Runtimes(
            FakeSandboxRuntime(world), FakeContainerRuntime(world), "sha256:here", "sha256:absent", tmp_path
        )
        return ExecWorld(runtimes, FakeExecs(world))
