"""Stopping and pausing a container, and sending it signals."""

from __future__ import annotations

from contextlib import suppress

from application.containers import Containers
from application.events import Events
from application.exits import Exits
from application.locks import ContainerLocks
from application.ports.runtime import ContainerPauses, ContainerRuntime, ProcessSignals
from application.ports.state import ContainerStore
from domain.container import Container, ContainerState
from domain.errors import Conflict, NotFound


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
            await self.held(await self._containers.find(container_id), timeout)

    async def held(self, container: Container, timeout: int | None = None) -> None:
        """Stop a container whose lock the caller holds."""
        record = container.record
        await self._store.mark_stopped(record.id)
        if not container.has_process or record.attempt is None:
            return
        if container.state is ContainerState.PAUSED:
            await self._pauses.resume(record.attempt.runtime_id)
        patience = record.spec.stop_timeout if timeout is None else timeout
        await self._runtime.stop(record.attempt.runtime_id, patience)
        self._exits.announce(record.attempt.runtime_id)
        self._events.of_container(record, "stop")


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
            raise Conflict("container", container.record.name, "it is not running")
        try:
            await self._signals.signal(attempt.runtime_id, signal)
        except NotFound as error:
            raise Conflict("container", container.record.name, "it is not running") from error
        self._events.of_container(container.record, "kill", signal=str(signal))
        if is_final and container.state is ContainerState.PAUSED:
            with suppress(NotFound):
                await self._pauses.resume(attempt.runtime_id)


class PauseContainer:
    """Freeze all its processes, and let them go on."""

    def __init__(
        self, containers: Containers, pauses: ContainerPauses, locks: ContainerLocks, events: Events
    ) -> None:
        self._events = events
        self._containers = containers
        self._pauses = pauses
        self._locks = locks

    async def __call__(self, reference: str, *, pause: bool) -> None:
        """Pause or unpause it. Raises NotFound, Conflict (it does not run, or is paused already), Unsupported."""
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            container.check_running() if pause else container.check_paused()
            runtime_id = container.record.attempt.runtime_id if container.record.attempt else ""
            try:
                await (self._pauses.pause if pause else self._pauses.resume)(runtime_id)
            except NotFound as error:
                raise Conflict("container", container.record.name, "it is not running") from error
            self._events.of_container(container.record, "pause" if pause else "unpause")
