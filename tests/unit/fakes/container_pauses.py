"""Pauses, probes and limits of containers in a FakeRuntime."""

from __future__ import annotations

from application.ports.runtime import ProbeResult
from domain.container import ContainerState
from domain.errors import NotFound
from domain.spec import Resources
from tests.unit.fakes.sandbox_runtime import FakeRuntime


def check_running(world: FakeRuntime, runtime_id: str) -> None:
    """Raise NotFound unless the container runs."""
    container = world.containers.get(runtime_id)
    if container is None or container.state.state is not ContainerState.RUNNING:
        raise NotFound("container", runtime_id)


class FakeContainerPauses:
    """ContainerPauses. Troubles of the world are met by "pause", "resume", "is_paused", "list_paused"."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self.frozen: set[str] = set()
        world.listeners.append(self.frozen.discard)

    async def pause(self, runtime_id: str) -> None:
        """Freeze it."""
        async with self.world.call("pause", runtime_id):
            check_running(self.world, runtime_id)
            self.frozen.add(runtime_id)

    async def resume(self, runtime_id: str) -> None:
        """Let it go on."""
        async with self.world.call("resume", runtime_id):
            check_running(self.world, runtime_id)
            self.frozen.discard(runtime_id)

    async def is_paused(self, runtime_id: str) -> bool:
        """Whether it is frozen."""
        async with self.world.call("is_paused", runtime_id):
            return runtime_id in self.frozen

    async def list(self) -> frozenset[str]:
        """All that are frozen."""
        async with self.world.call("list_paused", ""):
            return frozenset(self.frozen)


class FakeContainerProbes:
    """ContainerProbes: `true` ends with 0, `sh -c "exit N"` with N; other commands cannot be run."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world

    async def run(self, runtime_id: str, command: tuple[str, ...], timeout: float) -> ProbeResult:
        """Run it in no time."""
        async with self.world.call("probe", runtime_id):
            check_running(self.world, runtime_id)
            if command == ("true",):
                return ProbeResult(0, "")
            if command[:2] == ("sh", "-c") and command[2].startswith("exit "):
                return ProbeResult(int(command[2].removeprefix("exit ")), "")
            return ProbeResult(-1, f"{command[0]}: not found")


class FakeContainerResources:
    """ContainerResources that notes what was `updated`."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self.updated: list[tuple[str, Resources]] = []

    async def update(self, runtime_id: str, resources: Resources) -> None:
        """Note it."""
        async with self.world.call("update", runtime_id):
            check_running(self.world, runtime_id)
            self.updated.append((runtime_id, resources))
