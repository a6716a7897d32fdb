"""`pause` and `unpause`: freeze and thaw a container."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.errors import Conflict, NotFound


@dataclass(frozen=True)
class PauseContainer:
    """`pause` freezes all processes of a container, `unpause` resumes them."""

    containers: Containers
    pauses: ContainerPauses
    locks: ContainerLocks
    events: Events

    async def __call__(self, reference: str, *, pause: bool) -> None:
        """Pause or unpause a container.

        Raises NotFound, Conflict (the container does not run, or is paused or unpaused already), Unsupported.
        """
        container_id = (await self.containers.record(reference)).id
        async with self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            container.check_running() if pause else container.check_paused()
            runtime_id = container.record.runtime_id
            try:
                await (self.pauses.pause if pause else self.pauses.resume)(runtime_id)
            except NotFound as error:
                raise Conflict("container", container.record.name, "not-running") from error
            self.events.of_container(container.record, "pause" if pause else "unpause")
