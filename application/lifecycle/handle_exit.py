"""What is done when a container has ended."""

from __future__ import annotations

from collections import deque

from application.lifecycle.discard import DiscardContainer
from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.restart_policy import PlanRestart
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerStore
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerRecord, ExitStatus
from domain.errors import NotFound

_REMEMBERED = 1000


class HandleExit:
    """Give network and ports of an ended container back; restart or remove it if that was asked for."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        sandboxes: SandboxRuntime,
        discard: DiscardContainer,
        restart: PlanRestart,
        locks: ContainerLocks,
        exits: Exits,
        events: Events,
    ) -> None:
        self._events = events
        self._emitted: deque[str] = deque(maxlen=_REMEMBERED)
        self._containers = containers
        self._store = store
        self._sandboxes = sandboxes
        self._discard = discard
        self._restart = restart
        self._locks = locks
        self._exits = exits

    async def __call__(self, runtime_id: str) -> None:
        """Settle one container by its runtime id; one that is not ours, or runs, is left alone. Idempotent."""
        record = await self._owner(runtime_id)
        status = None if record is None else await self._exits.confirmed_exit(runtime_id)
        if record is None or status is None:
            return
        self._emit(record, runtime_id, status)
        # Again, now that the runtime's status says so: who began to wait between the event and the
        # status saw a container that runs, and would wait for an announcement that has been made.
        self._exits.announce(runtime_id)
        if record.spec.auto_remove:
            await self._exits.until_read(record.id)
            await self._discard(record)
            return
        async with self._locks.hold(record.id):
            record = await self._owner(runtime_id)
            if record is not None:  # else it was started anew, or removed, meanwhile
                await self._release(await self._containers.state_of(record))

    def _emit(self, record: ContainerRecord, runtime_id: str, status: ExitStatus) -> None:
        """Tell of an end once, however often it is settled."""
        if runtime_id in self._emitted:
            return
        self._emitted.append(runtime_id)
        if status.out_of_memory:
            self._events.of_container(record, "oom")
        self._events.of_container(record, "die", exitCode=str(status.code))

    async def _release(self, container: Container) -> None:
        record = container.record
        if container.exit is None:
            return
        await self._restart(record, container.exit.code, container.started_at)
        await self._sandboxes.stop(record.sandbox_id)
        await self._store.end(record.id)
        self._exits.announce(record.id)

    async def _owner(self, runtime_id: str) -> ContainerRecord | None:
        """The container whose present life this is, if its end was not settled yet."""
        try:
            record = await self._store.by_runtime_id(runtime_id)
        except NotFound:
            return None
        return None if record.attempt and record.attempt.ended else record
