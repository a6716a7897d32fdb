"""Signals to the containers of a FakeRuntime."""

from __future__ import annotations

from domain.container import ContainerState
from domain.errors import NotFound
from tests.unit.fakes.sandbox_runtime import FakeRuntime

_DEADLY = frozenset((9, 15))


class FakeProcessSignals:
    """ProcessSignals in a FakeRuntime: SIGKILL and SIGTERM end a container, others are noted in `sent`.

    Troubles of the world are met by the method "signal".
    """

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self.sent: list[tuple[str, int]] = []

    async def signal(self, runtime_id: str, number: int) -> None:
        """Note it, and end the container where it is deadly."""
        async with self.world.call("signal", runtime_id):
            container = self.world.containers.get(runtime_id)
            if container is None or container.state.state is not ContainerState.RUNNING:
                raise NotFound("container", runtime_id)
            self.sent.append((runtime_id, number))
            if number in _DEADLY:
                self.world.finish(runtime_id, 128 + number)
