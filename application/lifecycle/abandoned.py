"""Containers that are to be removed, and could not be yet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from application.lifecycle.forget_container import ForgetContainer
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerStore
from application.support.locks import ContainerLocks
from domain.errors import NotFound


@dataclass(frozen=True)
class Abandoned:
    """Remembers the containers of runs that failed, until they are removed.

    The runtime may be down at that moment, so the next reconciliation tries it again.
    """

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    forget: ForgetContainer
    locks: ContainerLocks
    _ids: set[str] = field(default_factory=set, init=False)

    def add(self, container_id: str) -> None:
        """Remember a container that is to be removed."""
        self._ids.add(container_id)

    def discard(self, container_id: str) -> None:
        """Forget it again, since it is removed."""
        self._ids.discard(container_id)

    def ids(self) -> tuple[str, ...]:
        """The ids of those that are to be removed."""
        return tuple(self._ids)

    async def find_at_start(self) -> None:
        """Remember the containers that remove themselves, and do not run.

        To be called before anybody can make one.
        """
        for record in await self.container_store.list():
            if record.spec.auto_remove and (record.attempt is None or record.attempt.ended):
                self.add(record.id)

    async def remove(self, container_id: str) -> None:
        """Remove one with its sandboxes and anonymous volumes. Raises RuntimeFailed, Unavailable."""
        async with self.locks.hold(container_id):
            for sandbox in await self.sandboxes.list():
                if sandbox.key == container_id:
                    await self.sandboxes.remove(sandbox.id)
            with suppress(NotFound):  # it has been removed meanwhile
                await self.forget(await self.container_store.get(container_id), volumes=True)
        self.discard(container_id)
