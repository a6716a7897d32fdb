"""Waiting for the end of a container."""

from __future__ import annotations

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from domain.container import Container, ContainerState, ExitStatus


class WaitContainer:
    """`wait`."""

    def __init__(self, containers: Containers, exits: Exits) -> None:
        self._containers = containers
        self._exits = exits

    async def __call__(self, reference: str) -> ExitStatus:
        """How it ended, or ends next; one that was not started yet, or is restarting, is waited for.

        Raises NotFound, also when it is removed meanwhile, AmbiguousReference, InvalidArgument.
        """
        container_id = (await self._containers.record(reference)).id
        async with self._exits.reading(container_id):
            container = await self._once_started(container_id)
            if container.exit is not None:
                return container.exit
            return await self._exits.wait(container.record.runtime_id)

    async def _once_started(self, container_id: str) -> Container:
        with self._exits.listening(container_id) as started:
            while True:
                container = await self._containers.find(container_id)
                if container.state not in {ContainerState.CREATED, ContainerState.RESTARTING}:
                    return container
                await self._exits.announced(started)
