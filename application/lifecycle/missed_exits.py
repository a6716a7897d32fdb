"""Ends of containers that the runtime missed, since it was down."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from application.ports.runtime import ContainerRequest, ContainerRuntime, MissedExits
from application.ports.state import ContainerChanges, ContainerStore
from domain.container import RuntimeContainer
from domain.errors import NotFound


@dataclass(frozen=True)
class RecordMissedExits:
    """Keep how containers ended that did while the runtime was down: to be called before it is up again."""

    container_store: ContainerStore
    changes: ContainerChanges
    missed_exits: MissedExits

    async def __call__(self) -> None:
        """Look for the ends of all that lived when they were last seen. Idempotent."""
        attempts = [
            record.attempt for record in await self.container_store.list() if record.attempt is not None
        ]
        living = tuple(one.runtime_id for one in attempts if one.runtime_id and not one.ended)
        for runtime_id, status in (await self.missed_exits.find(living)).items():
            with suppress(NotFound):  # removed meanwhile
                await self.changes.keep_exit(runtime_id, status)


@dataclass(frozen=True)
class RecordedExits:
    """A ContainerRuntime over another: an end that it missed is told as it was recorded, if it was."""

    cri_runtime: ContainerRuntime
    container_store: ContainerStore

    async def create(self, request: ContainerRequest) -> str:
        """As the runtime does."""
        return await self.cri_runtime.create(request)

    async def start(self, runtime_id: str) -> None:
        """As the runtime does."""
        await self.cri_runtime.start(runtime_id)

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """As the runtime does."""
        await self.cri_runtime.stop(runtime_id, timeout)

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """As the runtime has them, but for what it missed."""
        return await self._corrected(await self.cri_runtime.list())

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """As the runtime has it, but for what it missed."""
        (state,) = await self._corrected((await self.cri_runtime.status(runtime_id),))
        return state

    async def _corrected(self, states: tuple[RuntimeContainer, ...]) -> tuple[RuntimeContainer, ...]:
        return tuple([await self._recorded(state) if _missed(state) else state for state in states])

    async def _recorded(self, state: RuntimeContainer) -> RuntimeContainer:
        try:
            record = await self.container_store.by_runtime_id(state.runtime_id)
        except NotFound:
            return state
        exit_status = record.attempt.exit if record.attempt else None
        return replace(state, exit=exit_status or state.exit)


def _missed(state: RuntimeContainer) -> bool:
    return state.exit is not None and state.exit.missed
