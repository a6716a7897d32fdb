"""Giving a container another name."""

from __future__ import annotations

from dataclasses import replace

from application.lifecycle.lookup import Containers
from application.ports.state import ContainerChanges
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.errors import Conflict
from domain.names import check_name


class RenameContainer:
    """`rename`, in any state. The log of the present life stays where it is; the next one's has the new name."""

    def __init__(
        self, containers: Containers, changes: ContainerChanges, locks: ContainerLocks, events: Events
    ) -> None:
        self._events = events
        self._containers = containers
        self._changes = changes
        self._locks = locks

    async def __call__(self, reference: str, name: str) -> None:
        """Raises NotFound, InvalidArgument, AlreadyExists with the holder's id, Conflict (it has that name)."""
        check_name("container", name)
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            record = await self._containers.record(container_id)
            if record.name == name:
                raise Conflict("container", name, "same-name")
            await self._changes.rename(container_id, name)
            self._events.of_container(replace(record, name=name), "rename", oldName=record.name)
