"""Repairing what a crash left behind."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.health import HealthWatch
from application.ports.runtime import ContainerRuntime, SandboxRuntime, SandboxState
from application.ports.state import ContainerStore
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState
from domain.errors import NotFound


@dataclass(frozen=True)
class Reconcile:
    """Brings records and runtime together when the daemon starts, and when the runtime is back after a loss."""

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    runtime: ContainerRuntime
    forget: ForgetContainer
    handle_exit: HandleExit
    locks: ContainerLocks
    health: HealthWatch

    async def __call__(self) -> None:
        """Remove orphaned sandboxes, handle ends that nobody saw, and drop attempts that never ran. Idempotent."""
        for sandbox in await self.sandboxes.list():
            await self._remove_orphan(sandbox)
        for record in await self.container_store.list():
            await self._repair(record)

    async def _remove_orphan(self, sandbox: SandboxState) -> None:
        """Remove a sandbox that is not the sandbox of any container's current attempt."""
        async with self.locks.hold(sandbox.key):
            record = await self._record(sandbox.key)
            if record is None or record.sandbox_id != sandbox.id:
                await self.sandboxes.remove(sandbox.id)

    async def _repair(self, record: ContainerRecord) -> None:
        if record.attempt is None or record.attempt.ended:
            return
        if await self._ran(record.attempt.runtime_id):
            self.health.begin(record)
            await self.handle_exit(record.attempt.runtime_id)
            return
        await self._drop_attempt(record.id)

    async def _drop_attempt(self, container_id: str) -> None:
        """Drop an attempt that was interrupted before its process ran.

        A container that removes itself is forgotten with its attempt.
        """
        async with self.locks.hold(container_id):
            record = await self._record(container_id)
            if record is None or await self._ran(record.runtime_id):
                return  # the operation that held the lock has finished it
            if record.sandbox_id:
                await self.sandboxes.remove(record.sandbox_id)
            await self.container_store.end(container_id, forget=True)
            if record.spec.auto_remove:
                await self.forget(record, volumes=True)

    async def _ran(self, runtime_id: str) -> bool:
        """Whether the runtime has a container of this id whose process was started."""
        try:
            container = await self.runtime.status(runtime_id)
        except NotFound:
            return False
        return container.state is not ContainerState.CREATED

    async def _record(self, container_id: str) -> ContainerRecord | None:
        try:
            return await self.container_store.get(container_id)
        except NotFound:
            return None
