"""Taking away a container that wants to be removed when it ends."""

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
    """Free its name at once; its pod, which takes longest, goes after the answer.

    A pod whose removal is cut off belongs to nobody, and goes with the next reconciling.
    """

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    forget: ForgetContainer
    locks: ContainerLocks
    background: Background

    async def __call__(self, record: ContainerRecord) -> None:
        """Discard a container that has ended in this life; one that was started anew stays. Idempotent."""
        async with self.locks.hold(record.id):
            try:
                now = await self.container_store.get(record.id)
            except NotFound:
                return
            if now.attempt_number != record.attempt_number:
                return
            if record.ports_in_use:
                # The ports are to be free as well, and they are only when the pod has gone.
                await self.sandboxes.remove(record.sandbox_id)
            await self.forget(now, volumes=True)
        sandbox_id = record.sandbox_id
        self.background.add(f"remove the pod of {record.name}", lambda: self.sandboxes.remove(sandbox_id))
