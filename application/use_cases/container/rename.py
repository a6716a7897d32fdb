"""`rename`: give a container another name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.lifecycle.lookup import Containers
from application.ports.state import ContainerChanges
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.errors import Conflict
from domain.names import check_name


@dataclass(frozen=True)
class RenameContainer:
    """`rename`, in any state.

    The log of the current attempt stays where it is, and later attempts log beside it.
    """

    containers: Containers
    changes: ContainerChanges
    locks: ContainerLocks
    events: Events

    async def __call__(self, reference: str, name: str) -> None:
        """Rename a container.

        Raises NotFound, InvalidArgument, AlreadyExists with the holder's id, Conflict (the container has the
        name).
        """
        check_name("container", name)
        container_id = (await self.containers.record(reference)).id
        async with self.locks.hold(container_id):
            record = await self.containers.record(container_id)
            if record.name == name:
                raise Conflict("container", name, "same-name")
            await self.changes.rename(container_id, name)
            self.events.of_container(replace(record, name=name), "rename", oldName=record.name)
