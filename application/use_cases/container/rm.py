"""`rm`: remove a container."""

from __future__ import annotations

from contextlib import suppress

from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ProcessSignals, SandboxRuntime
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState
from domain.errors import NotFound
from domain.signals import signal_number


class RemoveContainer:
    """`rm`: the record goes last, so a removal that broke off can be repeated."""

    def __init__(
        self,
        containers: Containers,
        sandboxes: SandboxRuntime,
        forget: ForgetContainer,
        pauses: ContainerPauses,
        signals: ProcessSignals,
        locks: ContainerLocks,
    ) -> None:
        self._containers = containers
        self._sandboxes = sandboxes
        self._forget = forget
        self._pauses = pauses
        self._signals = signals
        self._locks = locks

    async def __call__(self, reference: str, *, force: bool = False, volumes: bool = False) -> None:
        """Remove a container; `force` kills it first, `volumes` removes its anonymous volumes too.

        Raises NotFound, AmbiguousReference, InvalidArgument, Conflict (the container is up).
        """
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            container.check_removable(force=force)
            if container.state is ContainerState.PAUSED:
                await self._kill(container.record)
            for sandbox in await self._sandboxes.list():
                if sandbox.key == container_id:
                    await self._sandboxes.remove(sandbox.id)
            await self._forget(container.record, volumes=volumes)

    async def _kill(self, record: ContainerRecord) -> None:
        """End the processes of a paused container: SIGKILL takes effect at the moment when they are thawed."""
        with suppress(NotFound):
            await self._signals.signal(record.runtime_id, signal_number("KILL"))
            await self._pauses.resume(record.runtime_id)
