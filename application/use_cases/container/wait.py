"""`wait`: wait until a container ends."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from domain.container import Container, ContainerState, ExitStatus


@dataclass(frozen=True)
class WaitContainer:
    """`wait`."""

    containers: Containers
    exits: Exits

    async def __call__(self, reference: str) -> ExitStatus:
        """How the container ended, or will have ended: a start or a restart under way is waited for.

        One that was never started ends with 0, as in docker, when it was made.

        Raises NotFound (also when the container is removed meanwhile), AmbiguousReference, InvalidArgument.
        """
        container_id = (await self.containers.record(reference)).id
        async with self.exits.reading(container_id):
            container = await self._once_started(container_id)
            if container.record.attempt is None:
                return ExitStatus(0, container.record.created_at)
            if container.exit is not None:
                return container.exit
            return await self.exits.wait(container.record.runtime_id)

    async def _once_started(self, container_id: str) -> Container:
        with self.exits.listening(container_id) as started:
            while True:
                container = await self.containers.find(container_id)
                is_to_come = container.state in {ContainerState.CREATED, ContainerState.RESTARTING}
                if container.record.attempt is None or not is_to_come:
                    return container
                await self.exits.announced(started)
