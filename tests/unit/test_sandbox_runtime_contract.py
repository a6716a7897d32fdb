"""The contract on the fake, and what the fake alone can show."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from application.ports.runtime import SandboxRuntime
from domain.errors import Unavailable
from tests.unit.contracts.sandbox_runtime_contract import SandboxRuntimeContract, a_request
from tests.unit.fakes.sandbox_runtime import FakeRuntime, FakeSandboxRuntime


class TestFakeSandboxRuntime(SandboxRuntimeContract):
    @pytest.fixture
    def subject(self) -> SandboxRuntime:
        return FakeSandboxRuntime(FakeRuntime())


@pytest.mark.parametrize("after", [False, True])
async def test_a_run_that_fails_leaves_nothing(tmp_path: Path, after: bool) -> None:
    world = FakeRuntime()
    world.fail("run", Unavailable("container runtime", "", "reported", "gone"), after=after)
    with pytest.raises(Unavailable):
        await FakeSandboxRuntime(world).run(a_request(tmp_path))
    assert world.leftovers() == ()
    await FakeSandboxRuntime(world).run(a_request(tmp_path))
    assert len(world.leftovers()) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_run_that_is_cancelled_at_a_gate_leaves_nothing(tmp_path: Path, after: bool) -> None:
    world = FakeRuntime()
    gate = world.hold("run", after=after)
    running = asyncio.create_task(FakeSandboxRuntime(world).run(a_request(tmp_path)))
    await gate.reached.wait()
    assert len(world.leftovers()) == int(after)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert world.leftovers() == ()


async def test_an_opened_gate_lets_the_call_go_on(tmp_path: Path) -> None:
    world = FakeRuntime()
    gate = world.hold("run")
    gate.open()
    sandbox_id = await FakeSandboxRuntime(world).run(a_request(tmp_path))
    assert sandbox_id in world.sandboxes
