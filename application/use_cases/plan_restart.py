"""Starting containers again by their restart policies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from application.background import Background
from application.containers import Containers
from application.locks import ContainerLocks
from application.ports.state import ContainerChanges, ContainerStore
from application.use_cases.start_container import StartContainer
from domain.container import ContainerRecord, ContainerState
from domain.errors import K3cError, NotFound
from domain.restart import Backoff, Restarts

START_FAILED = 128


class PlanRestart:
    """Decides on a restart, keeps it, and does it when it is due."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        changes: ContainerChanges,
        start: StartContainer,
        locks: ContainerLocks,
        background: Background,
        backoff: Backoff,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._containers = containers
        self._store = store
        self._changes = changes
        self._start = start
        self._locks = locks
        self._background = background
        self._backoff = backoff
        self._clock = clock

    async def __call__(self, record: ContainerRecord, code: int, started_at: datetime | None) -> None:
        """Plan the restart of a container that ended, if its policy wants one. Its lock is held. Idempotent."""
        if record.restarts.next_at is not None or not record.spec.restart.wants_restart(
            code, record.restarts.count, stopped_by_user=record.stopped_by_user
        ):
            return
        now = self._clock()
        ran = now - (started_at or now)
        await self._plan(record, self._backoff.plan(record.restarts, ran, now))

    async def at_boot(self) -> None:
        """Take up what was planned, and plan the start of what its policy wants to run with the daemon."""
        for container in await self._containers.all():
            record = container.record
            if record.restarts.next_at is not None:
                self._schedule(record)
            elif container.state is ContainerState.EXITED and record.spec.restart.wants_start_with_daemon(
                stopped_by_user=record.stopped_by_user
            ):
                await self._plan(record, replace(record.restarts, next_at=self._clock()))

    async def _plan(self, record: ContainerRecord, restarts: Restarts) -> None:
        await self._changes.plan_restart(record.id, restarts)
        self._schedule(replace(record, restarts=restarts))

    def _schedule(self, record: ContainerRecord) -> None:
        self._background.add(f"restart {record.name}", lambda: self._when_due(record.id, record.restarts))

    async def _when_due(self, container_id: str, planned: Restarts) -> None:
        if planned.next_at is not None:
            await asyncio.sleep(max(0.0, (planned.next_at - self._clock()).total_seconds()))
        async with self._locks.hold(container_id):
            try:
                record = await self._containers.record(container_id)
            except NotFound:
                return
            if record.restarts != planned:
                return  # it was stopped, started or removed, and what came of that is planned elsewhere
            await self._again(record)

    async def _again(self, record: ContainerRecord) -> None:
        try:
            await self._start.held(record)
        except K3cError:
            # A start that fails is one more end: the policy says whether it is tried again.
            await self._changes.plan_restart(record.id, replace(record.restarts, next_at=None))
            await self(replace(record, restarts=replace(record.restarts, next_at=None)), START_FAILED, None)
            raise
