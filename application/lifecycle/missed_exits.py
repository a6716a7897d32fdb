"""The ends of containers that the runtime missed while it was down."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from application.ports.logs import ContainerLogs, UnreadOutput
from application.ports.runtime import ContainerRequest, ContainerRuntime, MissedExits
from application.ports.state import ContainerChanges, ContainerStore
from domain.container import RuntimeContainer
from domain.errors import NotFound


@dataclass(frozen=True)
class RecordMissedExits:
    """Records the exits of containers that ended while the runtime was down. Called before the runtime starts."""

    container_store: ContainerStore
    changes: ContainerChanges
    missed_exits: MissedExits
    unread_output: UnreadOutput
    logs: ContainerLogs

    async def __call__(self) -> None:
        """Record the exits of all containers whose attempts have not ended by our records. Idempotent.

        What they wrote last, and the runtime did not read, is added to their logs.
        """
        attempts = [record.attempt for record in await self.container_store.unfinished() if record.attempt]
        unended = {
            attempt.runtime_id: attempt for attempt in attempts if attempt.runtime_id and not attempt.ended
        }
        for runtime_id, status in (await self.missed_exits.find(tuple(unended))).items():
            with suppress(NotFound):  # removed meanwhile
                await self.changes.keep_exit(runtime_id, status)
            unread = await self.unread_output.take(runtime_id)
            if path := unended[runtime_id].log_path:
                await self.logs.append(path, status.finished_at, unread)


@dataclass(frozen=True)
class RecordedExits:
    """A ContainerRuntime that wraps another: an exit that the other one missed is replaced by the recorded exit."""

    cri_runtime: ContainerRuntime
    container_store: ContainerStore

    async def create(self, request: ContainerRequest) -> str:
        """As the wrapped runtime."""
        return await self.cri_runtime.create(request)

    async def start(self, runtime_id: str) -> None:
        """As the wrapped runtime."""
        await self.cri_runtime.start(runtime_id)

    async def stop(self, runtime_id: str, timeout: int) -> None:
        """As the wrapped runtime."""
        await self.cri_runtime.stop(runtime_id, timeout)

    async def list(self) -> tuple[RuntimeContainer, ...]:
        """As the wrapped runtime, with recorded exits in place of missed ones."""
        return await self._corrected(await self.cri_runtime.list())

    async def status(self, runtime_id: str) -> RuntimeContainer:
        """As the wrapped runtime, with the recorded exit in place of a missed one."""
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
