"""Processes, and how readily they are ended when memory is short, in memory."""

from __future__ import annotations

from domain.container import ContainerState
from domain.errors import InvalidArgument, NotFound
from tests.unit.fakes.sandbox_runtime import FakeRuntime


class FakeContainerPids:
    """ContainerPids of a FakeRuntime, each of whose containers has three processes.

    Each time that they are asked for, a container of the `forking` has one more.
    """

    def __init__(self, world: FakeRuntime) -> None:
        self._world = world
        self._pids: dict[str, list[int]] = {}
        self._next = 1000
        self.forking: dict[str, int] = {}

    async def first(self, runtime_id: str) -> int:
        """The first of three."""
        return self._of(runtime_id)[0] if self._runs(runtime_id) else 0

    async def all(self, runtime_id: str) -> tuple[int, ...]:
        """All three, and what was forked."""
        if not self._runs(runtime_id):
            raise NotFound("container", runtime_id)
        pids = self._of(runtime_id)
        if self.forking.get(runtime_id, 0):
            self.forking[runtime_id] -= 1
            pids.append(self._made())
        return tuple(pids)

    def _of(self, runtime_id: str) -> list[int]:
        if runtime_id not in self._pids:
            self._pids[runtime_id] = [self._made() for _ in range(3)]
        return self._pids[runtime_id]

    def _made(self) -> int:
        self._next += 1
        return self._next

    def _runs(self, runtime_id: str) -> bool:
        container = self._world.containers.get(runtime_id)
        return container is not None and container.state.state is ContainerState.RUNNING


class FakeOomScores:
    """OomScores without the privileges for scores below `lowest`; all that are not `ended` have 0 at first."""

    def __init__(self, ended: frozenset[int] = frozenset(), lowest: int = 0) -> None:
        self.scores: dict[int, int] = {}
        self._ended = ended
        self._lowest = lowest

    async def set(self, pids: tuple[int, ...], score: int) -> bool:
        """Note it."""
        others = [pid for pid in pids if pid not in self._ended and self.scores.get(pid, 0) != score]
        if others and score < self._lowest:
            raise InvalidArgument("OOM score", str(score), "oom-score-privileged")
        self.scores |= dict.fromkeys(others, score)
        return bool(others)
