"""The contract on named pipes, as a shim makes them, and on the program that keeps them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.containerd.tasks.unread import ContainerdUnreadOutput
from application.ports.logs import UnreadOutput
from domain.names import new_id
from tests.integration.daemon import INIT, until
from tests.unit.contracts.unread_output_contract import OutputWorld, UnreadOutputContract

KEEPER = str(Path(INIT).with_name("k3c-keeper"))


class PipesWorld:
    """Pipes with both ends open in a shim, which closes them after the last byte."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.unread: UnreadOutput = self.another()
        self._containers = state / "io.containerd.grpc.v1.cri" / "containers"
        self._pipes: dict[tuple[str, str], tuple[int, int]] = {}

    def another(self) -> ContainerdUnreadOutput:
        """As a daemon has it that comes after one that was killed."""
        return ContainerdUnreadOutput(str(self._state), KEEPER, str(self._state / "keeper"))

    def kept(self) -> int:
        """How many pipes somebody has open."""
        found = 0
        for pipe in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                target = os.readlink(pipe)  # noqa: PTH115 - it may be no path
            except OSError:
                continue
            found += target.startswith(str(self._containers)) and pipe.parts[2] != str(os.getpid())
        return found

    def container(self) -> str:
        runtime_id = new_id()
        folder = self._containers / runtime_id / "io" / "123"
        folder.mkdir(parents=True)
        for stream in ("stdout", "stderr"):
            path = folder / f"{runtime_id}-{stream}"
            os.mkfifo(path)
            reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self._pipes[runtime_id, stream] = (reading, os.open(path, os.O_WRONLY))
        return runtime_id

    def write(self, runtime_id: str, stream: str, data: bytes) -> None:
        reading, writing = self._pipes.pop((runtime_id, stream))
        os.write(writing, data)
        os.close(writing)
        os.close(reading)

    def close(self) -> None:
        """Close what is still open."""
        for pipe in self._pipes.values():
            for end in pipe:
                os.close(end)


class TestContainerdUnreadOutput(UnreadOutputContract):
    @pytest.fixture
    def subject(self, world: PipesWorld) -> OutputWorld:
        return world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PipesWorld]:
    world = PipesWorld(tmp_path)
    yield world
    world.close()
    await world.unread.end()


async def test_what_is_kept_outlives_who_asked_for_it(world: PipesWorld) -> None:
    runtime_id = world.container()
    await world.unread.hold(runtime_id)
    until(lambda: world.kept() == 2)
    world.write(runtime_id, "stdout", b"last\n")
    taken = await world.another().take(runtime_id)
    assert [part.data for part in taken] == [b"last\n", b""]


async def test_what_was_read_is_let_go(world: PipesWorld) -> None:
    read, unread = world.container(), world.container()
    for runtime_id in (read, unread):
        await world.unread.hold(runtime_id)
        for stream in ("stdout", "stderr"):
            world.write(runtime_id, stream, b"one\n")
    until(lambda: world.kept() == 4)
    await world.another().take(read)
    until(lambda: world.kept() == 2)


async def test_two_at_once_share_one_keeper(world: PipesWorld) -> None:
    first, second = world.container(), world.container()
    await world.unread.hold(first)
    await world.another().hold(second)
    until(lambda: world.kept() == 4)
    world.write(first, "stderr", b"one\n")
    assert b"one\n" in [part.data for part in await world.another().take(first)]
