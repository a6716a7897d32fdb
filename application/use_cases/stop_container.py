"""Stopping a container, and sending it signals."""

from __future__ import annotations

from application.containers import Containers
from application.exits import Exits
from application.locks import ContainerLocks
from application.ports.runtime import ContainerRuntime, ProcessSignals
from application.ports.state import ContainerStore
from domain.container import ContainerState
from domain.errors import Conflict, NotFound


class StopContainer:
    """Stop signal, then SIGKILL."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        runtime: ContainerRuntime,
        locks: ContainerLocks,
        exits: Exits,
    ) -> None:
        self._containers = containers
        self._store = store
        self._runtime = runtime
        self._locks = locks
        self._exits = exits

    async def __call__(self, reference: str, timeout: int | None = None) -> None:
        """Stop it within `timeout` seconds (None: its own); one that does not run is left as it is.

        Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            record = container.record
            await self._store.mark_stopped(record.id)
            if container.state is ContainerState.RUNNING and record.attempt is not None:
                patience = record.spec.stop_timeout if timeout is None else timeout
                await self._runtime.stop(record.attempt.runtime_id, patience)
                self._exits.announce(record.attempt.runtime_id)


class KillContainer:
    """One signal, at once."""

    def __init__(self, containers: Containers, signals: ProcessSignals) -> None:
        self._containers = containers
        self._signals = signals

    async def __call__(self, reference: str, signal: int) -> None:
        """Deliver it to the first process. Raises NotFound, Conflict if it does not run."""
        container = await self._containers.find(reference)
        attempt = container.record.attempt
        if container.state is not ContainerState.RUNNING or attempt is None:
            raise Conflict("container", container.record.name, "it is not running")
        try:
            await self._signals.signal(attempt.runtime_id, signal)
        except NotFound as error:
            raise Conflict("container", container.record.name, "it is not running") from error
