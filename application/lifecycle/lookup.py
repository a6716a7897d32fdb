"""Containers as the user sees them: the store's records joined with the runtime's states."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from application.lifecycle.health import HealthWatch
from application.ports.runtime import ContainerPauses, ContainerRuntime
from application.ports.state import ContainerStore
from domain.container import Container, ContainerRecord, RuntimeContainer, find_container
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
            state, paused = await asyncio.gather(
                self.runtime.status(runtime_id), self.pauses.is_paused(runtime_id)
            )
        except NotFound:
            return Container.join(record, None)
        return Container.join(record, state, paused=paused, health=self.health.of(runtime_id))

    async def all(self) -> tuple[Container, ...]:
        """All containers, newest first."""
        return await self._joined(await self.container_store.list())

    async def up(self) -> tuple[Container, ...]:
        """Those that are up, newest first."""
        found = await self._joined(await self.container_store.unfinished())
        return tuple(container for container in found if container.state.is_up)

    async def _joined(self, records: tuple[ContainerRecord, ...]) -> tuple[Container, ...]:
        """Records, which were read before, with the runtime's states of now."""
        if not any(record.runtime_id for record in records):
            return tuple(Container.join(record, None) for record in records)
        states, paused = await asyncio.gather(self._states(), self.pauses.list())
        return tuple(
            Container.join(
                record,
                states.get(record.runtime_id),
                paused=record.runtime_id in paused,
                health=self.health.of(record.runtime_id),
            )
            for record in records
        )

    async def _states(self) -> dict[str, RuntimeContainer]:
        return {state.runtime_id: state for state in await self.runtime.list()}
