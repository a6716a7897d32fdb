"""What is done when a container has ended."""

from __future__ import annotations

from contextlib import suppress

from application.exits import Exits
from application.locks import ContainerLocks
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerStore
from application.use_cases.remove_container import RemoveContainer
from domain.container import ContainerRecord
from domain.errors import NotFound


class SettleExit:
    """Give the network and the ports of an ended container back; remove it if that was asked for."""

    def __init__(
        self,
        store: ContainerStore,
        sandboxes: SandboxRuntime,
        remove: RemoveContainer,
        locks: ContainerLocks,
        exits: Exits,
    ) -> None:
        self._store = store
        self._sandboxes = sandboxes
        self._remove = remove
        self._locks = locks
        self._exits = exits

    async def __call__(self, runtime_id: str) -> None:
        """Settle one container by its runtime id; one that is not ours, or runs, is left alone. Idempotent."""
        record = await self._owner(runtime_id)
        if record is None or await self._exits.settled(runtime_id) is None:
            return
        # Again, now that the runtime's status says so: who began to wait between the event and the
        # status saw a container that runs, and would wait for an announcement that has been made.
        self._exits.announce(runtime_id)
        if record.spec.auto_remove:
            await self._exits.until_read(record.id)
            with suppress(NotFound):
                await self._remove(record.id, force=True, volumes=True)
            return
        async with self._locks.hold(record.id):
            if await self._owner(runtime_id) is None:
                return  # it was started anew, or removed, meanwhile
            if record.attempt is not None:
                await self._sandboxes.stop(record.attempt.sandbox_id)
            await self._store.end(record.id)

    async def _owner(self, runtime_id: str) -> ContainerRecord | None:
        for record in await self._store.list():
            if record.attempt is not None and record.attempt.runtime_id == runtime_id:
                return record
        return None
