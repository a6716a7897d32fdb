"""Giving a container a life: a sandbox, a container in it, and its process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from application.compensation import Compensation, compensating
from application.containers import Containers
from application.events import Events
from application.exits import Exits
from application.furnishing import Furnishing
from application.gated_start import GatedStart
from application.health import HealthWatch
from application.locks import ContainerLocks
from application.ports.host import HostPorts
from application.ports.logs import ContainerLogs
from application.ports.runtime import (
    SandboxRequest,
    SandboxRuntime,
)
from application.ports.state import ContainerChanges, ContainerStore
from application.sessions import Attachment
from domain.container import Attempt, ContainerRecord, ContainerState
from domain.errors import PortInUse
from domain.network import PortBinding
from domain.restart import Restarts

_PORT_TRIES = 8


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
        ports: HostPorts,
        locks: ContainerLocks,
        exits: Exits,
        health: HealthWatch,
        furnishing: Furnishing,
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
        self._ports = ports
        self._locks = locks
        self._exits = exits
        self._health = health
        self._furnishing = furnishing
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
        attempt = await self._begin(record)
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
        await self._processes.start(record, living, attachment)
        await self._furnishing.clean(record)
        return record.with_attempt(living)

    async def _run_sandbox(self, request: SandboxRequest, undo: Compensation) -> str:
        sandbox_id = await self._sandboxes.run(request)
        undo.add(lambda: self._sandboxes.remove(sandbox_id))
        return sandbox_id

    async def _begin(self, record: ContainerRecord) -> Attempt:
        """Hold the ports; a random one that another container holds is drawn again."""
        attempt = replace(record.next_attempt(), log_path=self._log_path(record))
        for tries in range(1, _PORT_TRIES + 1):
            ports = await self._ports.decide(record.spec.ports, await self._held())
            try:
                await self._store.begin(record.id, replace(attempt, ports=ports))
            except PortInUse:
                if tries == _PORT_TRIES or all(port.decided for port in record.spec.ports):
                    raise
                continue
            attempt = replace(attempt, ports=ports)
            break
        return attempt

    def _log_path(self, record: ContainerRecord) -> str:
        """The log of the next life, beside those before it: their folder keeps its name when it is renamed."""
        file = f"{record.next_attempt().number}.log"
        if record.log_paths:
            return str(PurePosixPath(record.log_paths[0]).with_name(file))
        return str(PurePosixPath(self._log_root, f"k3c_{record.name}_{record.id}", record.name, file))

    async def _held(self) -> tuple[PortBinding, ...]:
        """The ports of all our containers, which the host's tables of sockets do not show."""
        attempts = (record.attempt for record in await self._store.list())
        return tuple(port for attempt in attempts if attempt is not None for port in attempt.ports)
