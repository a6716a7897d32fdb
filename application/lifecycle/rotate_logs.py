"""Keeping logs from filling the disk."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.logs import ContainerLogs, KeptLogs, LogWriters
from domain.errors import NotFound


@dataclass(frozen=True)
class RotateLogs:
    """Rotates the logs of containers that run: `files` of them at most, each of about `largest` bytes.

    A log is looked at now and then, so a file may grow beyond by what is written in between.
    """

    containers: Containers
    logs: ContainerLogs
    log_writers: LogWriters
    kept_logs: KeptLogs
    largest: int
    files: int

    async def __call__(self) -> None:
        """Look at all of them, and at those kept of removed ones. Raises RuntimeFailed, Unavailable."""
        await self.kept_logs.expire()
        for container in await self.containers.all():
            attempt = container.active_attempt
            if attempt is None or not attempt.log_path:
                continue
            if await self.logs.rotate(attempt.log_path, self.largest, self.files):
                with suppress(NotFound):  # it has just ended
                    await self.log_writers.reopen(attempt.runtime_id)
