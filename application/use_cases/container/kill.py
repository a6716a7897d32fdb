"""`kill`: send a container a signal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.ports.runtime import ContainerPauses, ProcessSignals
from application.ports.state import ContainerStore
from application.support.events import Events
from domain.container import ContainerState
from domain.errors import Conflict, NotFound


@dataclass(frozen=True)
class KillContainer:
    """`kill`: a signal to a container's first process."""

    containers: Containers
    container_store: ContainerStore
    signals: ProcessSignals
    pauses: ContainerPauses
    exits: Exits
    events: Events

    async def __call__(self, reference: str, signal: int) -> None:
        """Deliver a signal to the first process. Raises NotFound, Conflict if the container does not run.

        SIGKILL and the container's stop signal mean that the container is to end: no policy restarts it, and
        a paused container is resumed so that the signal reaches its process.
        """
        container = await self.containers.find(reference)
        is_final = container.record.spec.ends_with(signal)
        if is_final and container.state.is_up:
            await self.container_store.mark_stopped(container.record.id)
        if is_final and container.state is ContainerState.RESTARTING:
            self.exits.announce(container.record.id)  # whoever waits for its restart waits for nothing
            return
        attempt = container.running_attempt(or_paused=True)
        try:
            await self.signals.signal(attempt.runtime_id, signal)
        except NotFound as error:
            raise Conflict("container", container.record.name, "not-running") from error
        self.events.of_container(container.record, "kill", signal=str(signal))
        if is_final and container.state is ContainerState.PAUSED:
            with suppress(NotFound):
                await self.pauses.resume(attempt.runtime_id)
