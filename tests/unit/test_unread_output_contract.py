"""The contract on the fake and on named pipes, as a shim makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.containerd.tasks.unread import ContainerdUnreadOutput
from application.ports.logs import Unread, UnreadOutput
from domain.names import new_id
from tests.unit.contracts.unread_output_contract import OutputWorld, UnreadOutputContract
from tests.unit.fakes.unread_output import FakeUnreadOutput


class FakeWorld:
    def __init__(self) -> None:
        self._fake = FakeUnreadOutput()
        self.unread: UnreadOutput = self._fake

    def container(self) -> str:
        return new_id()

    def write(self, runtime_id: str, stream: str, data: bytes) -> None:
        self._fake.written.setdefault(runtime_id, []).append(Unread(stream, data))


class TestFakeUnreadOutput(UnreadOutputContract):
    @pytest.fixture
    def subject(self) -> OutputWorld:
        return FakeWorld()


class PipesWorld:
    """Pipes with both ends open in a shim, which closes them after the last byte."""

    def __init__(self, state: Path) -> None:
        self.unread: UnreadOutput = ContainerdUnreadOutput(str(state))
        self._containers = state / "io.containerd.grpc.v1.cri" / "containers"
        self._pipes: dict[tuple[str, str], tuple[int, int]] = {}

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
    def subject(self, tmp_path: Path) -> Iterator[OutputWorld]:
        world = PipesWorld(tmp_path)
        yield world
        world.close()
