"""`rm`: remove a container."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ProcessSignals, SandboxRuntime
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState
from domain.errors import NotFound
from domain.signals import signal_number


@dataclass(frozen=True)
class RemoveContainer:
    """`rm`: the record goes last, so a removal that broke off can be repeated."""

    containers: Containers
    sandboxes: SandboxRuntime
    forget: ForgetContainer
    pauses: ContainerPauses
    signals: ProcessSignals
    locks: ContainerLocks

    async def __call__(self, reference: str, *, force: bool = False, volumes: bool = False) -> None:
        """Remove a container; `force` kills it first, `volumes` removes its anonymous volumes too.

        Raises NotFound, AmbiguousReference, InvalidArgument, Conflict (the container is up).
        """
        container_id = (await self.containers.record(reference)).id
        async with self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            container.check_removable(force=force)
            if container.state is ContainerState.PAUSED:
                await self._kill(container.record)
            for sandbox in await self.sandboxes.list():
                if sandbox.key == container_id:
                    await self.sandboxes.remove(sandbox.id)
            await self.forget(container.record, volumes=volumes)

    async def _kill(self, record: ContainerRecord) -> None:
        """End the processes of a paused container: SIGKILL takes effect at the moment when they are thawed."""
        with suppress(NotFound):
            await self.signals.signal(record.runtime_id, signal_number("KILL"))
            await self.pauses.resume(record.runtime_id)
