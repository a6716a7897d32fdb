"""Waiting until a container is healthy."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.health import HealthWatch
from domain.container import ContainerRecord
from domain.errors import NotFound, NotHealthy
from domain.health import HealthStatus

_GONE = "it was removed before it was healthy"


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
            raise NotHealthy(record.name, await self._end(runtime_id), health.output if health else "")
        if health.status is HealthStatus.UNHEALTHY:
            problem = f"it is unhealthy: {health.failing_streak} probes failed"
            raise NotHealthy(record.name, problem, health.output)

    async def _end(self, runtime_id: str) -> str:
        try:
            status = await self.exits.wait(runtime_id)
        except NotFound:
            return _GONE
        return f"it ended with {status.code} before it was healthy"
