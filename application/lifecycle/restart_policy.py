"""Restarting containers by their restart policies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from application.lifecycle.lookup import Containers
from application.lifecycle.start_attempt import StartAttempt
from application.ports.state import ContainerChanges
from application.support.background import Background
from application.support.each_alone import EachAlone
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerRecord
from domain.errors import K3cError, NotFound
from domain.restart import Backoff, Restarts

START_FAILED = 128


@dataclass(frozen=True)
class PlanRestart:
    """Decides on a restart, stores the plan, and starts the container when the restart is due."""

    containers: Containers
    changes: ContainerChanges
    start_attempt: StartAttempt
    locks: ContainerLocks
    background: Background
    backoff: Backoff
    each_alone: EachAlone
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __call__(self, record: ContainerRecord, code: int, started_at: datetime | None) -> None:
        """Plan the restart of an ended container if its policy asks for it. Idempotent.

        The caller holds the container's lock. `started_at` is when the attempt started, None if it never ran.
        """
        if record.restarts.next_at is not None or not record.spec.restart.wants_restart(
            code, record.restarts.count, stopped_by_user=record.stopped_by_user
        ):
            return
        now = self.clock()
        ran = now - (started_at or now)
        await self._plan(record, self.backoff.plan(record.restarts, ran, now))

    async def at_boot(self) -> None:
        """Resume the planned restarts, and plan the start of every container that is to run with the daemon.

        A container for which that fails is logged, and hinders no other.
        """
        down = [container for container in await self.containers.all() if not container.has_process]
        await self.each_alone(
            "start with the daemon",
            {container.record.id: partial(self._take_up, container.record.id) for container in down},
        )

    async def _take_up(self, container_id: str) -> None:
        async with self.locks.hold(container_id):
            await self._take_up_locked(await self.containers.find(container_id))

    async def _take_up_locked(self, container: Container) -> None:
        record = container.record
        if record.restarts.next_at is not None:
            self._schedule(record)
        elif not container.state.is_up and _is_to_run(record):
            await self._plan(record, replace(record.restarts, next_at=self.clock()))

    async def _plan(self, record: ContainerRecord, restarts: Restarts) -> None:
        await self.changes.plan_restart(record.id, restarts)
        self._schedule(replace(record, restarts=restarts))

    def _schedule(self, record: ContainerRecord) -> None:
        self.background.add(f"restart {record.name}", lambda: self._when_due(record.id, record.restarts))

    async def _when_due(self, container_id: str, planned: Restarts) -> None:
        if planned.next_at is not None:
            await asyncio.sleep(max(0.0, (planned.next_at - self.clock()).total_seconds()))
        async with self.locks.hold(container_id):
            try:
                container = await self.containers.find(container_id)
            except NotFound:
                return
            # A container that was stopped, started or removed meanwhile has another plan, or none.
            if container.record.restarts == planned and not container.has_process:
                await self._restart(container.record)

    async def _restart(self, record: ContainerRecord) -> None:
        try:
            await self.start_attempt(record)
        except K3cError:
            # A failed start counts as an end: the policy decides whether it is tried again.
            unplanned = replace(record.restarts, next_at=None)
            await self.changes.plan_restart(record.id, unplanned)
            await self(replace(record, restarts=unplanned), START_FAILED, None)
            raise


def _is_to_run(record: ContainerRecord) -> bool:
    """Whether a container is to be started with the daemon, or was being restarted when the daemon stopped.

    A container whose end has not been handled yet is left to HandleExit.
    """
    if record.attempt is None or not record.attempt.ended:
        return False
    policy, stopped, restarts = record.spec.restart, record.stopped_by_user, record.restarts
    broken_off = restarts.in_row > 0 and not record.runtime_id
    return policy.wants_start_with_daemon(stopped_by_user=stopped) or (
        broken_off and policy.wants_restart(START_FAILED, restarts.count, stopped_by_user=stopped)
    )
