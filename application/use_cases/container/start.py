"""`start`: start a container that does not run."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Attachment
from application.lifecycle.start_attempt import StartAttempt
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState


@dataclass(frozen=True)
class StartContainer:
    """`start`: the next attempt begins with a fresh root filesystem."""

    containers: Containers
    start_attempt: StartAttempt
    locks: ContainerLocks

    async def __call__(self, reference: str, attachment: Attachment | None = None) -> ContainerRecord:
        """Return the container with its running attempt.

        A container that runs already is left as it is, and the attachment unopened. Raises NotFound,
        Conflict (the container is paused), PortInUse, CommandNotFound, CommandNotExecutable, RuntimeFailed.
        On failure or cancellation the new attempt's sandbox, snapshot, ports and log are gone.
        """
        container_id = (await self.containers.record(reference)).id
        async with self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            container.check_startable()
            if container.state is ContainerState.RUNNING:
                return container.record
            record = await self.start_attempt.reset_restarts(container.record)
            return await self.start_attempt(record, attachment)
