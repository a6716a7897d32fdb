"""`rm`: remove a container."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ProcessSignals, SandboxRuntime
from application.ports.state import ContainerStore
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerState
from domain.errors import NotFound
from domain.signals import signal_number

_KILL = signal_number("KILL")


@dataclass(frozen=True)
class RemoveContainer:
    """`rm`: the record goes last, so a removal that broke off can be repeated."""

    containers: Containers
    container_store: ContainerStore
    sandboxes: SandboxRuntime
    forget: ForgetContainer
    pauses: ContainerPauses
    signals: ProcessSignals
    locks: ContainerLocks
    exits: Exits
    events: Events

    async def __call__(self, reference: str, *, force: bool = False, volumes: bool = False) -> None:
        """Remove a container; `force` kills it first, `volumes` removes its anonymous volumes too.

        Raises NotFound, AmbiguousReference, InvalidArgument, Conflict (the container is up).
        """
        before = await self.containers.record(reference)
        container_id = before.id
        if force:
            # Before the lock: what holds it may be waiting for these very processes to end by themselves.
            await self._kill(await self.containers.state_of(before))
        async with self.locks.hold(container_id):
            try:
                container = await self.containers.find(container_id)
            except NotFound:
                if not force:
                    raise
                return  # it removes itself when it ends, which it did when it was killed
            container.check_removable(force=force)
            if container.record.runtime_id != before.runtime_id:  # it was started meanwhile
                await self._kill(container)
            for sandbox in await self.sandboxes.list():
                if sandbox.key == container_id:
                    await self.sandboxes.remove(sandbox.id)
            await self.forget(container.record, volumes=volumes)
            self.exits.announce(container_id)

    async def _kill(self, container: Container) -> None:
        """End the processes of a container, if it has any, and have no policy start it again."""
        record = container.record
        if container.active_attempt is None:
            return
        await self.container_store.mark_stopped(record.id)
        with suppress(NotFound):
            await self.signals.signal(record.runtime_id, _KILL)
            self.events.of_container(record, "kill", signal=str(_KILL))
            if container.state is ContainerState.PAUSED:  # SIGKILL takes effect when the processes are thawed
                await self.pauses.resume(record.runtime_id)
