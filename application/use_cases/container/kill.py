"""`kill`: send a container a signal."""

from __future__ import annotations

from contextlib import suppress

from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ProcessSignals
from application.ports.state import ContainerStore
from application.support.events import Events
from domain.container import ContainerState
from domain.errors import Conflict, NotFound


class KillContainer:
    """One signal, at once."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        signals: ProcessSignals,
        pauses: ContainerPauses,
        events: Events,
    ) -> None:
        self._events = events
        self._containers = containers
        self._store = store
        self._signals = signals
        self._pauses = pauses

    async def __call__(self, reference: str, signal: int) -> None:
        """Deliver it to the first process. Raises NotFound, Conflict if it does not run.

        SIGKILL and the container's stop signal mean that it is to end: no policy starts it again, and
        one that is paused goes on so that they reach it.
        """
        container = await self._containers.find(reference)
        is_final = container.record.spec.ends_with(signal)
        if is_final and container.state.is_up:
            await self._store.mark_stopped(container.record.id)
        if is_final and container.state is ContainerState.RESTARTING:
            return
        attempt = container.record.attempt
        if not container.has_process or attempt is None:
            raise Conflict("container", container.record.name, "not-running")
        try:
            await self._signals.signal(attempt.runtime_id, signal)
        except NotFound as error:
            raise Conflict("container", container.record.name, "not-running") from error
        self._events.of_container(container.record, "kill", signal=str(signal))
        if is_final and container.state is ContainerState.PAUSED:
            with suppress(NotFound):
                await self._pauses.resume(attempt.runtime_id)
