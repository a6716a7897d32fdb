"""Giving a container a life: a sandbox, a container in it, and its process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from application.lifecycle.attempt_requests import Furnishing
from application.lifecycle.exits import Exits
from application.lifecycle.gated_start import GatedStart
from application.lifecycle.health import HealthWatch
from application.lifecycle.lookup import Containers
from application.lifecycle.published_ports import Publishing
from application.lifecycle.seeding import Seeding
from application.lifecycle.sessions import Attachment
from application.ports.logs import ContainerLogs
from application.ports.runtime import (
    SandboxRequest,
    SandboxRuntime,
)
from application.ports.state import ContainerChanges, ContainerStore
from application.support.compensation import Compensation, compensating
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState
from domain.restart import Restarts


class StartContainer:
    """Start a container that does not run; the life before is taken away with all it wrote to its root."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        changes: ContainerChanges,
        sandboxes: SandboxRuntime,
        processes: GatedStart,
        logs: ContainerLogs,
        publishing: Publishing,
        locks: ContainerLocks,
        exits: Exits,
        health: HealthWatch,
        furnishing: Furnishing,
        seeding: Seeding,
        log_root: str,
        events: Events,
    ) -> None:
        self._events = events
        self._containers = containers
        self._store = store
        self._changes = changes
        self._sandboxes = sandboxes
        self._processes = processes
        self._logs = logs
        self._publishing = publishing
        self._locks = locks
        self._exits = exits
        self._health = health
        self._furnishing = furnishing
        self._seeding = seeding
        self._log_root = log_root

    async def __call__(self, reference: str, attachment: Attachment | None = None) -> ContainerRecord:
        """Start it, and return it with its attempt; one that runs is left as it is, and the attachment unopened.

        Raises NotFound, Conflict (it is paused), PortInUse, CommandNotFound, CommandNotExecutable,
        RuntimeFailed. On failure or cancellation the attempt's sandbox, snapshot, ports and log are gone.
        """
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            container.check_startable()
            if container.state is ContainerState.RUNNING:
                return container.record
            return await self.held(await self.counted_anew(container.record), attachment)

    async def counted_anew(self, record: ContainerRecord) -> ContainerRecord:
        """The container with no restarts counted, as after everything that a user does to it."""
        await self._changes.plan_restart(record.id, Restarts())
        return replace(record, restarts=Restarts())

    async def held(self, record: ContainerRecord, attachment: Attachment | None = None) -> ContainerRecord:
        """Start a container that does not run and whose lock the caller holds; raises like a call."""
        if record.attempt is not None and record.attempt.sandbox_id:
            await self._sandboxes.remove(record.attempt.sandbox_id)
        async with compensating() as undo:
            started = await self._live(record, undo, attachment)
        self._health.begin(started)
        self._events.of_container(started, "start")
        self._exits.announce(record.id)
        return started

    async def _live(
        self, record: ContainerRecord, undo: Compensation, attachment: Attachment | None
    ) -> ContainerRecord:
        undo.add(lambda: self._store.end(record.id, forget=True))
        unheld = replace(record.next_attempt(), log_path=self._log_path(record))
        attempt = await self._publishing.hold(record, unheld)
        folder = str(PurePosixPath(attempt.log_path).parent.parent)
        sandbox = await self._furnishing.sandbox(record, attempt, folder)
        undo.add(lambda: self._logs.remove(attempt.log_path))
        living = replace(attempt, sandbox_id=await self._run_sandbox(sandbox, undo))
        await self._store.begin(record.id, living)
        request = await self._furnishing.container(record, sandbox, living, undo)
        runtime_id = await self._processes.create(request, record, attachment, undo)
        living = replace(living, runtime_id=runtime_id)
        await self._store.begin(record.id, living)
        await self._furnishing.edit(record, runtime_id)
        await self._seeding(record, runtime_id)
        await self._processes.start(record, living, attachment)
        await self._furnishing.clean(record)
        return record.with_attempt(living)

    async def _run_sandbox(self, request: SandboxRequest, undo: Compensation) -> str:
        sandbox_id = await self._sandboxes.run(request)
        undo.add(lambda: self._sandboxes.remove(sandbox_id))
        return sandbox_id

    def _log_path(self, record: ContainerRecord) -> str:
        """The log of the next life, beside those before it: their folder keeps its name when it is renamed."""
        file = f"{record.next_attempt().number}.log"
        if record.log_paths:
            return str(PurePosixPath(record.log_paths[0]).with_name(file))
        return str(PurePosixPath(self._log_root, f"k3c_{record.name}_{record.id}", record.name, file))
