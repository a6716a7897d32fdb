"""`stop`: stop a container."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ContainerRuntime
from application.ports.state import ContainerStore
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerState


@dataclass(frozen=True)
class StopContainer:
    """`stop`: the stop signal, and SIGKILL after a timeout."""

    containers: Containers
    container_store: ContainerStore
    runtime: ContainerRuntime
    pauses: ContainerPauses
    locks: ContainerLocks
    exits: Exits
    events: Events
    handle_exit: HandleExit

    async def __call__(self, reference: str, timeout: int | None = None) -> None:
        """Stop a container; a planned restart is cancelled, and a container that does not run stays as it is.

        When the call returns, the container's ports are free for others. Of a container that removes itself only
        the end is waited for, since somebody may still be reading its output.

        It gets `timeout` seconds to end (None: its own stop timeout). Raises NotFound, AmbiguousReference,
        InvalidArgument.
        """
        container_id = (await self.containers.record(reference)).id
        async with self.locks.hold(container_id):
            container = await self.containers.find(container_id)
            await self.stop_locked(container, timeout)
        attempt = container.active_attempt
        if attempt is not None and not container.record.spec.auto_remove:
            await self.handle_exit(attempt.runtime_id)

    async def stop_locked(self, container: Container, timeout: int | None = None) -> None:
        """Stop a container whose lock the caller holds."""
        record = container.record
        await self.container_store.mark_stopped(record.id)
        attempt = container.active_attempt
        if attempt is None:
            self.exits.announce(record.id)  # whoever waits for its restart waits for nothing
            return
        if container.state is ContainerState.PAUSED:
            await self.pauses.resume(attempt.runtime_id)
        seconds = record.spec.stop_timeout if timeout is None else timeout
        await self.runtime.stop(attempt.runtime_id, seconds)
        self.exits.announce(attempt.runtime_id)
        self.events.of_container(record, "stop")
