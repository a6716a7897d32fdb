"""`update`: change the spec of a container."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.prefer_for_oom import PreferForOom
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
    """What is about to be done; with `replaces` a running container gets a new attempt."""

    name: str
    running: bool
    replaces: bool


@dataclass(frozen=True)
class UpdateContainer:
    """`update`.

    Limits and the restart policy change at once. For every other change a running container is stopped, and
    started from the new spec.
    """

    containers: Containers
    changes: ContainerChanges
    resources: ContainerResources
    prefer_for_oom: PreferForOom
    stop: StopContainer
    start_attempt: StartAttempt
    locks: ContainerLocks
    exits: Exits
    events: Events
    published_ports: PublishedPorts

    async def __call__(self, reference: str, change: SpecChange) -> AsyncGenerator[UpdatePlan, None]:
        """The plan first; then the change is made. Raises NotFound, InvalidArgument, and what StartAttempt raises.

        On failure or cancellation the container has its former spec, and runs again if it was stopped for the
        change.
        """
        for entry in change.environment:
            check_environment(entry)
        container_id = (await self.containers.record(reference)).id
        async with self.exits.reading(container_id), self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            record = container.record
            spec = change.of_spec(record.spec)
            spec.check_lifecycle()
            replaces = container.state.is_up and change.needs_new_attempt
            if replaces:
                await self.published_ports.check(spec.ports, record)
            yield UpdatePlan(record.name, container.state.is_up, replaces)
            new = replace(record, spec=spec, process=change.of_process(record.process))
            async with compensating() as undo:
                undo.add(lambda: self.changes.redefine(record.id, record.spec, record.process))
                await self.changes.redefine(new.id, new.spec, new.process)
                if replaces:
                    await self._replace(container, new, undo)
                elif container.has_process:
                    await self._limit(record, change.resources, undo)
            self.events.of_container(new, "update")

    async def _replace(self, container: Container, new: ContainerRecord, undo: Compensation) -> None:
        await self.stop.stop_locked(container)
        undo.add(lambda: self._back(container.record))
        await self.start_attempt(await self.start_attempt.reset_restarts(new))

    async def _back(self, record: ContainerRecord) -> None:
        """Start the container from its former spec; the attempt that failed has used its number."""
        now = await self.containers.record(record.id)
        await self.start_attempt(replace(now, spec=record.spec, process=record.process))

    async def _limit(self, record: ContainerRecord, resources: Resources, undo: Compensation) -> None:
        """Change the limits of a container that runs; `record` is its former one."""
        if resources.oom_score_adj is not None:
            former = record.spec.resources.oom_score_adj or 0
            undo.add(lambda: self.prefer_for_oom(record.runtime_id, former))
            await self.prefer_for_oom(record.runtime_id, resources.oom_score_adj)
        limits = replace(resources, oom_score_adj=None)
        if limits != Resources():
            await self.resources.update(record.runtime_id, limits)
