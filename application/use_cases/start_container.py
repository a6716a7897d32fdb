"""Giving a container a life: a sandbox, a container in it, and its process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from application.compensation import Compensation, compensating
from application.containers import Containers
from application.exits import Exits
from application.gated_start import GatedStart
from application.health import HealthWatch
from application.locks import ContainerLocks
from application.ports.host import HostPorts
from application.ports.logs import ContainerLogs
from application.ports.runtime import (
    BoundMount,
    ContainerRequest,
    SandboxRequest,
    SandboxRuntime,
)
from application.ports.state import ContainerChanges, ContainerStore, VolumeStore
from application.sessions import Attachment
from application.use_cases.resolve_name import ChooseDns
from domain.container import Attempt, ContainerRecord, ContainerState
from domain.errors import NotFound, PortInUse
from domain.names import hostname_for
from domain.network import PortBinding
from domain.restart import Restarts
from domain.volume import MountKind

_PORT_TRIES = 8


class StartContainer:
    """Start a container that does not run; the life before is taken away with all it wrote to its root."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        changes: ContainerChanges,
        volumes: VolumeStore,
        sandboxes: SandboxRuntime,
        processes: GatedStart,
        logs: ContainerLogs,
        ports: HostPorts,
        locks: ContainerLocks,
        exits: Exits,
        health: HealthWatch,
        choose_dns: ChooseDns,
        log_root: str,
    ) -> None:
        self._containers = containers
        self._store = store
        self._changes = changes
        self._volumes = volumes
        self._sandboxes = sandboxes
        self._processes = processes
        self._logs = logs
        self._ports = ports
        self._locks = locks
        self._exits = exits
        self._health = health
        self._choose_dns = choose_dns
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
        self._exits.announce(record.id)
        return started

    async def _live(
        self, record: ContainerRecord, undo: Compensation, attachment: Attachment | None
    ) -> ContainerRecord:
        undo.add(lambda: self._store.end(record.id, forget=True))
        attempt = await self._begin(record)
        sandbox = await self._sandbox_request(record, attempt)
        undo.add(lambda: self._logs.remove(attempt.log_path))
        living = replace(attempt, sandbox_id=await self._run_sandbox(sandbox, undo))
        await self._store.begin(record.id, living)
        request = await self._container_request(record, sandbox, living)
        runtime_id = await self._processes.create(request, record, attachment, undo)
        living = replace(living, runtime_id=runtime_id)
        await self._store.begin(record.id, living)
        await self._processes.start(record, living, attachment)
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

    async def _sandbox_request(self, record: ContainerRecord, attempt: Attempt) -> SandboxRequest:
        return SandboxRequest(
            key=record.id,
            name=record.name,
            attempt=attempt.number,
            hostname=record.spec.hostname or hostname_for(record.name),
            log_directory=str(PurePosixPath(attempt.log_path).parent.parent),
            ports=attempt.ports,
            dns=await self._choose_dns(),
        )

    async def _container_request(
        self, record: ContainerRecord, sandbox: SandboxRequest, attempt: Attempt
    ) -> ContainerRequest:
        return ContainerRequest(
            sandbox=sandbox,
            sandbox_id=attempt.sandbox_id,
            image_id=record.image_id,
            image_name=record.spec.image,
            process=record.process,
            log_path=attempt.log_path,
            mounts=await self._bound_mounts(record),
            labels=record.spec.labels,
            stop_signal=record.spec.stop_signal,
            resources=record.spec.resources,
            tty=record.spec.tty,
            stdin=record.spec.stdin,
            stdin_once=record.spec.stdin_once,
        )

    async def _bound_mounts(self, record: ContainerRecord) -> tuple[BoundMount, ...]:
        volumes = {volume.name: volume.path for volume in await self._volumes.list()}
        bound = []
        for mount in record.spec.mounts:
            if mount.kind is MountKind.VOLUME and mount.source not in volumes:
                raise NotFound("volume", mount.source)
            source = volumes[mount.source] if mount.kind is MountKind.VOLUME else mount.source
            bound.append(BoundMount(source, mount.target, mount.read_only, mount.propagation))
        return tuple(bound)
