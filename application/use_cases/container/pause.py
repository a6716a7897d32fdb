"""`pause` and `unpause`: freeze and thaw a container."""

from __future__ import annotations

from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.errors import Conflict, NotFound


class PauseContainer:
    """Freeze all its processes, and let them go on."""

    def __init__(
        self, containers: Containers, pauses: ContainerPauses, locks: ContainerLocks, events: Events
    ) -> None:
        self._events = events
        self._containers = containers
        self._pauses = pauses
        self._locks = locks

    async def __call__(self, reference: str, *, pause: bool) -> None:
        """Pause or unpause it. Raises NotFound, Conflict (it does not run, or is paused already), Unsupported."""
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            container.check_running() if pause else container.check_paused()
            runtime_id = container.record.attempt.runtime_id if container.record.attempt else ""
            try:
                await (self._pauses.pause if pause else self._pauses.resume)(runtime_id)
            except NotFound as error:
                raise Conflict("container", container.record.name, "not-running") from error
            self._events.of_container(container.record, "pause" if pause else "unpause")
