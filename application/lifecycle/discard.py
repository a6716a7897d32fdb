"""Removing a container that removes itself when it ends."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.forget_container import ForgetContainer
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerStore
from application.support.background import Background
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord
from domain.errors import NotFound


@dataclass(frozen=True)
class DiscardContainer:
    """Free the container's name at once; the sandbox, which takes longest to remove, goes in the background.

    A sandbox whose removal is interrupted belongs to no container and is removed by the next reconciliation.
    """

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    forget: ForgetContainer
    locks: ContainerLocks
    background: Background

    async def __call__(self, record: ContainerRecord) -> None:
        """Discard a container whose attempt has ended. Idempotent.

        A container that has been started again since `record` was read is left as it is.
        """
        async with self.locks.hold(record.id):
            try:
                now = await self.container_store.get(record.id)
            except NotFound:
                return
            if now.attempt_number != record.attempt_number:
                return
            if record.ports_in_use:
                # The ports are to be free as well, which they are only without the sandbox.
                await self.sandboxes.remove(record.sandbox_id)
            await self.forget(now, volumes=True)
        sandbox_id = record.sandbox_id
        self.background.add(f"remove the sandbox of {record.name}", lambda: self.sandboxes.remove(sandbox_id))
