"""Stopping and starting in one step."""

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
    """A fresh life for a container, whatever state it is in."""

    containers: Containers
    stop: StopContainer
    start_attempt: StartAttempt
    locks: ContainerLocks
    exits: Exits
    events: Events

    async def __call__(self, reference: str, timeout: int | None = None) -> ContainerRecord:
        """Stop it within `timeout` seconds (None: its own) if it runs, and start it. Raises as these do."""
        container_id = (await self.containers.record(reference)).id
        # One that removes itself when it ends is kept: this end is not its last.
        async with self.exits.reading(container_id), self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            await self.stop.stop_locked(container, timeout)
            started = await self.start_attempt(await self.start_attempt.reset_restarts(container.record))
            self.events.of_container(started, "restart")
            return started
