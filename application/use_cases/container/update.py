"""Changing a container that is there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.published_ports import PublishedPorts
from application.lifecycle.start_attempt import StartAttempt
from application.ports.runtime import ContainerResources
from application.ports.state import ContainerChanges
from application.support.compensation import Compensation, compensating
from application.support.events import Events
from application.support.locks import ContainerLocks
from application.use_cases.container.stop import StopContainer
from domain.container import Container, ContainerRecord
from domain.spec import Resources, SpecChange, check_environment


@dataclass(frozen=True)
class UpdatePlan:
    """What is about to be done: `replaces` says that a running container gets a fresh life."""

    name: str
    running: bool
    replaces: bool


class UpdateContainer:
    """Limits and the restart policy change at once; for all else a running container is replaced in place."""

    def __init__(
        self,
        containers: Containers,
        changes: ContainerChanges,
        resources: ContainerResources,
        stop: StopContainer,
        start_attempt: StartAttempt,
        locks: ContainerLocks,
        exits: Exits,
        events: Events,
        published_ports: PublishedPorts,
    ) -> None:
        self._published_ports = published_ports
        self._events = events
        self._containers = containers
        self._changes = changes
        self._resources = resources
        self._stop = stop
        self._start_attempt = start_attempt
        self._locks = locks
        self._exits = exits

    async def __call__(self, reference: str, change: SpecChange) -> AsyncGenerator[UpdatePlan, None]:
        """Say what will happen, then do it. Raises NotFound, InvalidArgument, and what start raises.

        On failure or cancellation the container is what it was; if it was stopped for it, it is started.
        """
        for entry in change.environment:
            check_environment(entry)
        container_id = (await self._containers.record(reference)).id
        async with self._exits.reading(container_id), self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            record = container.record
            spec = change.of_spec(record.spec)
            spec.check_lifecycle()
            replaces = container.state.is_up and change.needs_new_attempt
            if replaces:
                await self._published_ports.check(spec.ports, record)
            yield UpdatePlan(record.name, container.state.is_up, replaces)
            new = replace(record, spec=spec, process=change.of_process(record.process))
            async with compensating() as undo:
                undo.add(lambda: self._changes.redefine(record.id, record.spec, record.process))
                await self._changes.redefine(new.id, new.spec, new.process)
                if replaces:
                    await self._replace(container, new, undo)
                elif container.has_process:
                    await self._limit(new, change.resources)
            self._events.of_container(new, "update")

    async def _replace(self, container: Container, new: ContainerRecord, undo: Compensation) -> None:
        await self._stop.stop_locked(container)
        undo.add(lambda: self._back(container.record))
        await self._start_attempt(await self._start_attempt.reset_restarts(new))

    async def _back(self, record: ContainerRecord) -> None:
        """Start the container as it was before; the attempt that failed used up its number."""
        now = await self._containers.record(record.id)
        await self._start_attempt(replace(now, spec=record.spec, process=record.process))

    async def _limit(self, record: ContainerRecord, resources: Resources) -> None:
        if resources != Resources():
            await self._resources.update(record.runtime_id, resources)
