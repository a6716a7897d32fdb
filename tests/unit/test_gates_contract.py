"""The contract on the fake and on folders, and what only a real FIFO can show."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from adapters.host.gates import HostGates
from application.ports.streams import Gates
from tests.unit.contracts.gates_contract import GatesContract
from tests.unit.fakes.sandbox_runtime import FakeRuntime
from tests.unit.fakes.streams import FakeGates


class TestFakeGates(GatesContract):
    @pytest.fixture
    def subject(self) -> Gates:
        return FakeGates(FakeRuntime())


@pytest.fixture
def gates(tmp_path: Path) -> HostGates:
    program = tmp_path / "program"
    program.write_bytes(b"#!")
    return HostGates(str(tmp_path / "gates"), str(program))


class TestHostGates(GatesContract):
    @pytest.fixture
    def subject(self, gates: HostGates) -> Gates:
        return gates


async def test_who_reads_the_fifo_has_reached_it_and_goes_on_when_it_is_removed(gates: HostGates) -> None:
    folder = Path((await gates.shut("1")).mount.source)
    assert (folder / "init").read_bytes() == b"#!"
    assert os.access(folder / "init", os.X_OK)
    assert not await gates.reached("1")
    reader = os.open(folder / "gate", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert await gates.reached("1")
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
        await gates.remove("1")
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)
    assert not folder.exists()


@pytest.mark.parametrize("steps", range(4))
async def test_one_that_is_cancelled_while_it_is_made_leaves_nothing(
    gates: HostGates, tmp_path: Path, steps: int
) -> None:
    before = set(Path("/proc/self/fd").iterdir())
    shutting = asyncio.create_task(gates.shut("1"))
    for _ in range(steps):
        await asyncio.sleep(0)
    shutting.cancel()
    await asyncio.wait({shutting})
    assert shutting.cancelled()
    await gates.remove("1")
    assert set(Path("/proc/self/fd").iterdir()) == before
    assert not any((tmp_path / "gates").glob("*"))
