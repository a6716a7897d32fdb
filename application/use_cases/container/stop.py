"""`stop`: end a container."""

from __future__ import annotations

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ContainerRuntime
from application.ports.state import ContainerStore
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerState


class StopContainer:
    """Stop signal, then SIGKILL."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        runtime: ContainerRuntime,
        pauses: ContainerPauses,
        locks: ContainerLocks,
        exits: Exits,
        events: Events,
    ) -> None:
        self._events = events
        self._containers = containers
        self._store = store
        self._runtime = runtime
        self._pauses = pauses
        self._locks = locks
        self._exits = exits

    async def __call__(self, reference: str, timeout: int | None = None) -> None:
        """Stop it within `timeout` seconds (None: its own); one that does not run is left as it is.

        A restart that is due is called off. Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            await self.stop_locked(await self._containers.find(container_id), timeout)

    async def stop_locked(self, container: Container, timeout: int | None = None) -> None:
        """Stop a container whose lock the caller holds."""
        record = container.record
        await self._store.mark_stopped(record.id)
        attempt = container.active_attempt
        if attempt is None:
            return
        if container.state is ContainerState.PAUSED:
            await self._pauses.resume(attempt.runtime_id)
        seconds = record.spec.stop_timeout if timeout is None else timeout
        await self._runtime.stop(attempt.runtime_id, seconds)
        self._exits.announce(attempt.runtime_id)
        self._events.of_container(record, "stop")
