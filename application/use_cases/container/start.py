"""`start`: start a container that does not run."""

from __future__ import annotations

from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Attachment
from application.lifecycle.start_attempt import StartAttempt
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState


class StartContainer:
    """`start`: the next attempt begins with a fresh root filesystem."""

    def __init__(self, containers: Containers, start_attempt: StartAttempt, locks: ContainerLocks) -> None:
        self._containers = containers
        self._start_attempt = start_attempt
        self._locks = locks

    async def __call__(self, reference: str, attachment: Attachment | None = None) -> ContainerRecord:
        """Return the container with its running attempt.

        A container that runs already is left as it is, and the attachment unopened. Raises NotFound,
        Conflict (the container is paused), PortInUse, CommandNotFound, CommandNotExecutable, RuntimeFailed.
        On failure or cancellation the new attempt's sandbox, snapshot, ports and log are gone.
        """
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            container.check_startable()
            if container.state is ContainerState.RUNNING:
                return container.record
            record = await self._start_attempt.reset_restarts(container.record)
            return await self._start_attempt(record, attachment)
