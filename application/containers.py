"""Containers as the user sees them: the store's records joined with the runtime's states."""

from __future__ import annotations

from application.ports.runtime import ContainerRuntime
from application.ports.state import ContainerStore
from domain.container import Container, ContainerRecord, RuntimeContainer, find_container
from domain.errors import NotFound


class Containers:
    """Looking containers up."""

    def __init__(self, store: ContainerStore, runtime: ContainerRuntime) -> None:
        self._store = store
        self._runtime = runtime

    async def record(self, reference: str) -> ContainerRecord:
        """The record a user means. Raises NotFound, AmbiguousReference, InvalidArgument."""
        return find_container(reference, await self._store.list())

    async def find(self, reference: str) -> Container:
        """The container a user means, with its state now."""
        return await self.state_of(await self.record(reference))

    async def state_of(self, record: ContainerRecord) -> Container:
        """Join one record with what the runtime says of it."""
        if record.attempt is None or not record.attempt.runtime_id:
            return Container.join(record, None)
        try:
            return Container.join(record, await self._runtime.status(record.attempt.runtime_id))
        except NotFound:
            return Container.join(record, None)

    async def all(self) -> tuple[Container, ...]:
        """Every container, newest first."""
        records = await self._store.list()
        states: dict[str, RuntimeContainer] = {
            state.runtime_id: state for state in await self._runtime.list()
        }
        return tuple(
            Container.join(record, states.get(record.attempt.runtime_id) if record.attempt else None)
            for record in records
        )
