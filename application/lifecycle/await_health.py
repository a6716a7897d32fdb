"""Waiting until a container is healthy."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.health import HealthWatch
from domain.container import ContainerRecord
from domain.errors import NotFound, NotHealthy
from domain.health import HealthStatus


@dataclass(frozen=True)
class AwaitHealth:
    """The wait of `run --wait`."""

    health: HealthWatch
    exits: Exits

    async def __call__(self, record: ContainerRecord) -> None:
        """Return when a started container is healthy; at once if it has no health check.

        Raises NotHealthy when the container becomes unhealthy, ends, or is removed before it is healthy.
        """
        runtime_id = record.runtime_id
        if not runtime_id or not record.spec.healthcheck.is_on:
            return
        health = await self.health.verdict(runtime_id)
        if health is None or health.status is HealthStatus.STARTING:
            raise await self._ended(record.name, runtime_id, health.output if health else "")
        if health.status is HealthStatus.UNHEALTHY:
            raise NotHealthy(record.name, "unhealthy", health.output, str(health.failing_streak))

    async def _ended(self, name: str, runtime_id: str, output: str) -> NotHealthy:
        try:
            status = await self.exits.wait(runtime_id)
        except NotFound:
            return NotHealthy(name, "removed", output)
        return NotHealthy(name, "ended", output, str(status.code))
