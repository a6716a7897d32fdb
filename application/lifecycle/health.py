"""The health of containers, by their health checks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from application.lifecycle.exits import Exits
from application.ports.runtime import ContainerPauses, ContainerProbes
from application.support.background import Background
from application.support.events import Events
from domain.container import ContainerRecord
from domain.errors import NotFound, Unavailable
from domain.health import Health, Healthcheck, HealthStatus, Probe


class HealthWatch:
    """Probes every container that has a health check, from its start to its end.

    Health is kept in memory alone: when the daemon restarts, every container is starting again.
    """

    def __init__(
        self,
        probes: ContainerProbes,
        pauses: ContainerPauses,
        exits: Exits,
        background: Background,
        events: Events,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._events = events
        self._probes = probes
        self._pauses = pauses
        self._exits = exits
        self._background = background
        self._clock = clock
        self._healths: dict[str, Health] = {}
        self._changed = asyncio.Condition()

    def of(self, runtime_id: str) -> Health | None:
        """The health of a container that is watched; None if it is not watched."""
        return self._healths.get(runtime_id)

    def begin(self, record: ContainerRecord) -> None:
        """Watch a running container, if it has a health check and is not watched already."""
        runtime_id, check = record.runtime_id, record.spec.healthcheck
        if not runtime_id or not check.is_on or runtime_id in self._healths:
            return
        self._healths[runtime_id] = Health(self._clock())
        self._background.add(f"health of {record.name}", lambda: self._watch(record, runtime_id, check))

    async def verdict(self, runtime_id: str) -> Health | None:
        """Wait until a watched container is healthy or unhealthy, and return its health.

        Returns None for a container that is not watched, and the last health (starting) of a container that
        ends before.
        """
        async with self._changed:
            last = now = self.of(runtime_id)
            while now is not None and now.status is HealthStatus.STARTING:
                await self._changed.wait()
                last, now = now, self.of(runtime_id)
        return now or last

    async def _watch(self, record: ContainerRecord, runtime_id: str, check: Healthcheck) -> None:
        try:
            while True:
                before = self._healths[runtime_id].status
                await self._probe(runtime_id, check)
                if (status := self._healths[runtime_id].status) is not before:
                    self._events.of_container(record, f"health_status: {status}")
                starting = self._healths[runtime_id].status is HealthStatus.STARTING
                if await self._ends_within(
                    runtime_id, check.first_interval if starting else check.probe_interval
                ):
                    return
        except NotFound:
            return  # it ended, or was removed, during the probe
        finally:
            await self._set_health(runtime_id, None)

    async def _ends_within(self, runtime_id: str, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._exits.wait(runtime_id)
        except TimeoutError:
            return False
        return True

    async def _probe(self, runtime_id: str, check: Healthcheck) -> None:
        """Run one probe.

        A paused container is not probed, since no process in it could answer, and while the runtime is down no
        probe says anything of the container.
        """
        try:
            if await self._pauses.is_paused(runtime_id):
                return
            began = self._clock()
            result = await self._probes.run(runtime_id, check.command, check.probe_timeout)
        except Unavailable:
            return
        probe = Probe(began, self._clock(), result.exit_code, result.output)
        await self._set_health(runtime_id, self._healths[runtime_id].after(probe, check))

    async def _set_health(self, runtime_id: str, health: Health | None) -> None:
        if health is None:
            self._healths.pop(runtime_id, None)
        else:
            self._healths[runtime_id] = health
        async with self._changed:
            self._changed.notify_all()
