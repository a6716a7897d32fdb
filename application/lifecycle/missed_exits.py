"""Ends of containers that the runtime missed, since it was down."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from application.ports.runtime import ContainerRequest, ContainerRuntime, MissedExits
from application.ports.state import ContainerChanges, ContainerStore
from domain.container import RuntimeContainer
from domain.errors import NotFound


class RecordMissedExits:
    """Keep how containers ended that did while the runtime was down: to be called before it is up again."""

    def __init__(self, store: ContainerStore, changes: ContainerChanges, exits: MissedExits) -> None:
        self._store = store
        self._changes = changes
        self._exits = exits

    async def __call__(self) -> None:
        """Look for the ends of all that lived when they were last seen. Idempotent."""
        attempts = [record.attempt for record in await self._store.list() if record.attempt is not None]
        living = tuple(one.runtime_id for one in attempts if one.runtime_id and not one.ended)
        for runtime_id, status in (await self._exits.find(living)).items():
            with suppress(NotFound):  # removed meanwhile
                await self._changes.keep_exit(runtime_id, status)


class RecordedExits:
    """A ContainerRuntime over another: an end that it missed is told as it was recorded, if it was."""

    def __init__(self, runtime: ContainerRuntime, store: ContainerStore) -> None:
        self._runtime = runtime
        self._store = store

    async def create(self, request: ContainerRequest) -> str:
        """As the runtime does."""
        return await self._runtime.create(request)

    async def start(self, runtime_id: str) -> None:
        """As the runtime does."""
        await self._runtime.start(runtime_id)

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """As the runtime does."""
        await self._runtime.stop(runtime_id, timeout)

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """As the runtime has them, but for what it missed."""
        return await self._corrected(await self._runtime.list())

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """As the runtime has it, but for what it missed."""
        (state,) = await self._corrected((await self._runtime.status(runtime_id),))
        return state

    async def _corrected(self, states: tuple[RuntimeContainer, ...]) -> tuple[RuntimeContainer, ...]:
        return tuple([await self._recorded(state) if _missed(state) else state for state in states])

    async def _recorded(self, state: RuntimeContainer) -> RuntimeContainer:
        try:
            record = await self._store.by_runtime_id(state.runtime_id)
        except NotFound:
            return state
        exit_status = record.attempt.exit if record.attempt else None
        return replace(state, exit=exit_status or state.exit)


def _missed(state: RuntimeContainer) -> bool:
    return state.exit is not None and state.exit.missed
