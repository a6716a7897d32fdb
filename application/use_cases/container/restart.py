"""`restart`: stop and start a container."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.start_attempt import StartAttempt
from application.support.events import Events
from application.support.locks import ContainerLocks
from application.use_cases.container.stop import StopContainer
from domain.container import ContainerRecord


@dataclass(frozen=True)
class RestartContainer:
    """`restart`: a new attempt of a container, whatever its state."""

    containers: Containers
    stop: StopContainer
    start_attempt: StartAttempt
    locks: ContainerLocks
    exits: Exits
    events: Events

    async def __call__(self, reference: str, timeout: int | None = None) -> ContainerRecord:
        """Stop the container if it runs, start it, and return it with its running attempt.

        It gets `timeout` seconds to stop (None: its own stop timeout). Raises what StopContainer and
        StartContainer raise.
        """
        container_id = (await self.containers.record(reference)).id
        # A container that removes itself when it ends is kept: it is started again.
        async with self.exits.reading(container_id), self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            await self.stop.stop_locked(container, timeout)
            started = await self.start_attempt(await self.start_attempt.reset_restarts(container.record))
            self.events.of_container(started, "restart")
            return started
