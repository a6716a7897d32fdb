"""Repairing what a crash left behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from application.lifecycle.abandoned import Abandoned
from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.health import HealthWatch
from application.ports.logs import UnreadOutput
from application.ports.runtime import ContainerRuntime, SandboxRuntime, SandboxState
from application.ports.state import ContainerStore
from application.support.background import Background
from application.support.each_alone import EachAlone
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState, RuntimeContainer
from domain.errors import NotFound


@dataclass(frozen=True)
class Reconcile:
    """Brings records and runtime together: when the daemon starts, when the runtime is back, and now and then."""

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    runtime: ContainerRuntime
    forget: ForgetContainer
    handle_exit: HandleExit
    locks: ContainerLocks
    health: HealthWatch
    abandoned: Abandoned
    each_alone: EachAlone
    background: Background
    unread_output: UnreadOutput
    status_delay: float = 2.0  # seconds by which the runtime's status may follow its events

    async def __call__(self) -> None:
        """Remove orphaned sandboxes, handle ends that nobody saw, and drop attempts that never ran. Idempotent.

        What cannot be repaired is logged, and hinders nothing else.
        """
        sandboxes = await self.sandboxes.list()
        owned = {(record.id, record.sandbox_id) for record in await self.container_store.list()}
        orphans = {
            f"{sandbox.key} {sandbox.id}": partial(self._remove_orphan, sandbox)
            for sandbox in sandboxes
            if (sandbox.key, sandbox.id) not in owned
        }
        await self.each_alone("remove the orphaned sandbox of", orphans)
        await self.each_alone(
            "remove", {id_: partial(self.abandoned.remove, id_) for id_ in self.abandoned.ids()}
        )
        records = await self.container_store.unfinished()
        states = await self._states() if records else {}
        await self.each_alone(
            "repair",
            {record.id: partial(self._repair, record, states.get(record.runtime_id)) for record in records},
        )
        running = {id_ for id_, state in states.items() if state.state is ContainerState.RUNNING}
        if running:
            self.background.add("see which have ended", lambda: self._see_ended(running))

    async def _see_ended(self, running: set[str]) -> None:
        """Handle the ends of containers that seemed to run.

        The event of an end may have come before events were watched, and the status was not changed yet.
        """
        await asyncio.sleep(self.status_delay)
        ended = [
            state for id_, state in (await self._states()).items() if id_ in running and _has_ended(state)
        ]
        await self.each_alone(
            "handle the exit of",
            {state.runtime_id: partial(self._handle, state.runtime_id) for state in ended},
        )

    async def _states(self) -> dict[str, RuntimeContainer]:
        return {state.runtime_id: state for state in await self.runtime.list()}

    async def _remove_orphan(self, sandbox: SandboxState) -> None:
        """Remove a sandbox that is not the sandbox of any container's current attempt."""
        async with self.locks.hold(sandbox.key):
            record = await self._record(sandbox.key)
            if record is None or record.sandbox_id != sandbox.id:
                await self.sandboxes.remove(sandbox.id)

    async def _repair(self, record: ContainerRecord, state: RuntimeContainer | None) -> None:
        """Repair a container; `state` is the runtime's of its attempt, None if the runtime does not have it."""
        if record.attempt is None or record.attempt.ended:
            return
        if state is None or state.state is ContainerState.CREATED:
            await self._drop_attempt(record.id)
            return
        self.health.begin(record)
        if _has_ended(state):
            await self._handle(record.runtime_id)
        else:
            await self.unread_output.hold(record.runtime_id)

    async def _handle(self, runtime_id: str) -> None:
        if not self.handle_exit.handles(runtime_id):
            await self.handle_exit(runtime_id)

    async def _drop_attempt(self, container_id: str) -> None:
        """Drop an attempt that was interrupted before its process ran.

        A container that removes itself is forgotten with its attempt.
        """
        async with self.locks.hold(container_id):
            record = await self._record(container_id)
            if record is None or record.attempt is None or record.attempt.ended:
                return  # the operation that held the lock has finished it
            if await self._ran(record.runtime_id):
                return
            if record.sandbox_id:
                await self.sandboxes.remove(record.sandbox_id)
            await self.container_store.end(container_id, forget=True)
            if record.spec.auto_remove:
                await self.forget(record, volumes=True)

    async def _ran(self, runtime_id: str) -> bool:
        """Whether the runtime has a container of this id whose process was started."""
        try:
            container = await self.runtime.status(runtime_id)
        except NotFound:
            return False
        return container.state is not ContainerState.CREATED

    async def _record(self, container_id: str) -> ContainerRecord | None:
        try:
            return await self.container_store.get(container_id)
        except NotFound:
            return None


def _has_ended(state: RuntimeContainer) -> bool:
    return state.state is ContainerState.EXITED
