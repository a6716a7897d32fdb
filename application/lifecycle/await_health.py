"""Waiting for a container to be of use."""

from __future__ import annotations

from application.lifecycle.exits import Exits
from application.lifecycle.health import HealthWatch
from domain.container import ContainerRecord
from domain.errors import NotFound, NotHealthy
from domain.health import HealthStatus


class AwaitHealth:
    """`run --wait`."""

    def __init__(self, health: HealthWatch, exits: Exits) -> None:
        self._health = health
        self._exits = exits

    async def __call__(self, record: ContainerRecord) -> None:
        """Return when a container that was started is healthy, at once if it has no check.

        Raises NotHealthy when it becomes unhealthy or ends.
        """
        if record.attempt is None or not record.spec.healthcheck.is_on:
            return
        runtime_id = record.attempt.runtime_id
        health = await self._health.verdict(runtime_id)
        if health is None or health.status is HealthStatus.STARTING:
            raise await self._ended(record.name, runtime_id, health.output if health else "")
        if health.status is HealthStatus.UNHEALTHY:
            raise NotHealthy(record.name, "unhealthy", health.output, str(health.failing_streak))

    async def _ended(self, name: str, runtime_id: str, output: str) -> NotHealthy:
        try:
            status = await self._exits.wait(runtime_id)
        except NotFound:
            return NotHealthy(name, "removed", output)
        return NotHealthy(name, "ended", output, str(status.code))
