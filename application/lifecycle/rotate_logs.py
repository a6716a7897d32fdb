"""Keeping logs from filling the disk."""

from __future__ import annotations

from contextlib import suppress

from application.lifecycle.lookup import Containers
from application.ports.logs import ContainerLogs, KeptLogs, LogWriters
from domain.errors import NotFound


class RotateLogs:
    """Rotates the logs of containers that run: `files` of them at most, each of about `largest` bytes.

    A log is looked at now and then, so a file may grow beyond by what is written in between.
    """

    def __init__(
        self,
        containers: Containers,
        logs: ContainerLogs,
        writers: LogWriters,
        kept: KeptLogs,
        largest: int,
        files: int,
    ) -> None:
        self._containers = containers
        self._logs = logs
        self._writers = writers
        self._kept = kept
        self._largest = largest
        self._files = files

    async def __call__(self) -> None:
        """Look at all of them, and at those kept of removed ones. Raises RuntimeFailed, Unavailable."""
        await self._kept.expire()
        for container in await self._containers.all():
            attempt = container.active_attempt
            if attempt is None or not attempt.log_path:
                continue
            if await self._logs.rotate(attempt.log_path, self._largest, self._files):
                with suppress(NotFound):  # it has just ended
                    await self._writers.reopen(attempt.runtime_id)
