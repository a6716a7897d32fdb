"""Containers as the user sees them: the store's records joined with the runtime's states."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.health import HealthWatch
from application.ports.runtime import ContainerPauses, ContainerRuntime
from application.ports.state import ContainerStore
from domain.container import Container, ContainerRecord, ContainerState, RuntimeContainer, find_container
from domain.errors import NotFound


@dataclass(frozen=True)
class Containers:
    """Looks containers up."""

    container_store: ContainerStore
    runtime: ContainerRuntime
    pauses: ContainerPauses
    health: HealthWatch

    async def record(self, reference: str) -> ContainerRecord:
        """The record that a full id, a name, or the unique beginning of an id names.

        Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        return find_container(reference, await self.container_store.matching(reference))

    async def find(self, reference: str) -> Container:
        """The container that a reference names, with its current state. Raises what `record` does."""
        return await self.state_of(await self.record(reference))

    async def state_of(self, record: ContainerRecord) -> Container:
        """The container of a record, with the runtime's state of its attempt."""
        runtime_id = record.runtime_id
        if not runtime_id:
            return Container.join(record, None)
        try:
            state = await self.runtime.status(runtime_id)
        except NotFound:
            return Container.join(record, None)
        paused = state.state is ContainerState.RUNNING and await self.pauses.is_paused(runtime_id)
        return Container.join(record, state, paused=paused, health=self.health.of(runtime_id))

    async def all(self) -> tuple[Container, ...]:
        """All containers, newest first."""
        records = await self.container_store.list()
        states = {state.runtime_id: state for state in await self.runtime.list()}
        paused = await self.pauses.list()
        return tuple(_joined(record, states, paused, self.health) for record in records)


def _joined(
    record: ContainerRecord,
    states: dict[str, RuntimeContainer],
    paused: frozenset[str],
    health: HealthWatch,
) -> Container:
    runtime_id = record.runtime_id
    return Container.join(
        record, states.get(runtime_id), paused=runtime_id in paused, health=health.of(runtime_id)
    )
