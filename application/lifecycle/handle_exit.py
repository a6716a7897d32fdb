"""What the daemon does when a container has ended."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class HandleExit:
    """Release the network and the ports of an ended container, and restart or remove it as its spec says."""

    containers: Containers
    container_store: ContainerStore
    sandboxes: SandboxRuntime
    discard: DiscardContainer
    plan_restart: PlanRestart
    locks: ContainerLocks
    exits: Exits
    events: Events
    _emitted: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED), init=False)
    _without_memory: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED), init=False)
    _handled_now: Counter[str] = field(default_factory=Counter, init=False)

    def handles(self, runtime_id: str) -> bool:
        """Whether the end of this container is being handled."""
        return self._handled_now[runtime_id] > 0

    async def __call__(self, runtime_id: str) -> None:
        """Handle the end of the container with this runtime id. Idempotent.

        Nothing is done for a container that runs, or that belongs to no record of this k3c.
        """
        self._handled_now[runtime_id] += 1
        try:
            await self._handle(runtime_id)
        finally:
            self._handled_now[runtime_id] -= 1
            if not self._handled_now[runtime_id]:
                del self._handled_now[runtime_id]

    async def _handle(self, runtime_id: str) -> None:
        record = await self._owner(runtime_id)
        status = None if record is None else await self.exits.confirmed_exit(runtime_id)
        if record is None or status is None:
            return
        self._emit(record, runtime_id, status)
        # Announced again, now that the runtime's status says so: an operation that began to wait between the
        # event and the status saw a running container, and would wait for an announcement already made.
        self.exits.announce(runtime_id)
        if record.spec.auto_remove:
            await self.exits.until_read(record.id)
            await self.discard(record)
            return
        async with self.locks.hold(record.id):
            record = await self._owner(runtime_id)
            if record is not None:  # otherwise it was started again, or removed, meanwhile
                await self._release(await self.containers.state_of(record))

    def _emit(self, record: ContainerRecord, runtime_id: str, status: ExitStatus) -> None:
        """Emit the events of an end once, however often the end is handled."""
        if runtime_id in self._emitted:
            return
        self._emitted.append(runtime_id)
        if status.out_of_memory and runtime_id not in self._without_memory:
            self._emit_out_of_memory(record, runtime_id)
        self.events.of_container(record, "die", exitCode=str(status.code))

    async def out_of_memory(self, runtime_id: str) -> None:
        """Emit that the kernel has ended a process of this container for want of memory.

        The end of the first process may be known already, and has emitted it then.
        """
        with suppress(NotFound):
            record = await self.container_store.by_runtime_id(runtime_id)
            if runtime_id not in self._emitted or runtime_id not in self._without_memory:
                self._emit_out_of_memory(record, runtime_id)

    def _emit_out_of_memory(self, record: ContainerRecord, runtime_id: str) -> None:
        self._without_memory.append(runtime_id)
        self.events.of_container(record, "oom")

    async def _release(self, container: Container) -> None:
        record = container.record
        if container.exit is None:
            return
        await self.plan_restart(record, container.exit.code, container.started_at)
        await self.sandboxes.stop(record.sandbox_id)
        await self.container_store.end(record.id)
        self.exits.announce(record.id)

    async def _owner(self, runtime_id: str) -> ContainerRecord | None:
        """The container whose current attempt has this runtime id, if its end has not been handled yet."""
        try:
            record = await self.container_store.by_runtime_id(runtime_id)
        except NotFound:
            return None
        return None if record.attempt and record.attempt.ended else record
