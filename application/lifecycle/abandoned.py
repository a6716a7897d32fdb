"""Containers that are to be removed, and could not be yet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from application.lifecycle.forget_container import ForgetContainer
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerStore
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord
from domain.errors import NotFound


@dataclass(frozen=True)
class Abandoned:
    """Remembers the containers of runs that failed, until they are removed.

    The runtime may be down at that moment, so the next reconciliation tries it again. One that is started again
    meanwhile is kept.
    """

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    forget: ForgetContainer
    locks: ContainerLocks
    _attempts: dict[str, int] = field(default_factory=dict, init=False)

    def add(self, record: ContainerRecord) -> None:
        """Remember a container that is to be removed."""
        self._attempts[record.id] = record.attempt_number

    def ids(self) -> tuple[str, ...]:
        """The ids of those that are to be removed."""
        return tuple(self._attempts)

    async def find_at_start(self) -> None:
        """Remember the containers that remove themselves, and do not run.

        To be called before anybody can make one.
        """
        for record in await self.container_store.list():
            if record.spec.auto_remove and (record.attempt is None or record.attempt.ended):
                self.add(record)

    async def remove(self, container_id: str) -> None:
        """Remove one with its sandboxes and anonymous volumes. Raises RuntimeFailed, Unavailable."""
        async with self.locks.hold(container_id):
            with suppress(NotFound):  # it has been removed meanwhile
                record = await self.container_store.get(container_id)
                if record.attempt_number == self._attempts.get(container_id):
                    await self._remove(record)
            self._attempts.pop(container_id, None)

    async def _remove(self, record: ContainerRecord) -> None:
        for sandbox in await self.sandboxes.list():
            if sandbox.key == record.id:
                await self.sandboxes.remove(sandbox.id)
        await self.forget(record, volumes=True)
