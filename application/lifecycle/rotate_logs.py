"""Keeping logs from filling the disk."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from application.lifecycle.lookup import Containers
from application.ports.logs import ContainerLogs, KeptLogs, LogWriters
from application.support.each_alone import EachAlone
from domain.container import Container
from domain.errors import NotFound


@dataclass(frozen=True)
class RotateLogs:
    """Rotates the logs of running containers: at most `files` files each, of about `largest` bytes.

    Sizes are checked every few seconds, so a file may exceed `largest` by what is written in between. All lives of
    a container together have as much, or as many files.
    """

    containers: Containers
    logs: ContainerLogs
    log_writers: LogWriters
    kept_logs: KeptLogs
    largest: int
    files: int
    each_alone: EachAlone

    async def __call__(self) -> None:
        """Rotate the logs that are due, and expire the kept ones; one log that cannot be rotated hinders no other.

        Raises RuntimeFailed, Unavailable.
        """
        up = await self.containers.up()
        await self.each_alone(
            "rotate the log of", {container.record.name: partial(self._rotate, container) for container in up}
        )
        await self.kept_logs.expire()

    async def _rotate(self, container: Container) -> None:
        attempt = container.record.attempt
        if attempt is None or not attempt.log_path:
            return
        if container.has_process and await self.logs.rotate(attempt.log_path, self.largest, self.files):
            with suppress(NotFound):  # it has just ended
                await self.log_writers.reopen(attempt.runtime_id)
        await self.logs.trim(attempt.log_path, self.largest * self.files, self.files)
