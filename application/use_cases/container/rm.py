"""Taking a container away."""

from __future__ import annotations

from contextlib import suppress

from application.lifecycle.lookup import Containers
from application.ports.files import Seeds
from application.ports.host import HostFiles
from application.ports.logs import ContainerLogs, KeptLogs
from application.ports.runtime import ContainerPauses, ProcessSignals, SandboxRuntime
from application.ports.state import ContainerStore, VolumeStore
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ContainerState
from domain.errors import NotFound
from domain.signals import signal_number
from domain.volume import MountKind


class RemoveContainer:
    """Remove sandbox, snapshot, log, seed, and at last the record: a removal that broke off can be repeated."""

    def __init__(
        self,
        containers: Containers,
        store: ContainerStore,
        volumes: VolumeStore,
        files: HostFiles,
        sandboxes: SandboxRuntime,
        logs: ContainerLogs,
        kept: KeptLogs,
        locks: ContainerLocks,
        pauses: ContainerPauses,
        signals: ProcessSignals,
        events: Events,
        seeds: Seeds,
    ) -> None:
        self._seeds = seeds
        self._events = events
        self._containers = containers
        self._store = store
        self._volumes = volumes
        self._files = files
        self._sandboxes = sandboxes
        self._logs = logs
        self._kept = kept
        self._locks = locks
        self._pauses = pauses
        self._signals = signals

    async def __call__(self, reference: str, *, force: bool = False, volumes: bool = False) -> None:
        """Remove it; `force` kills it first, `volumes` takes its anonymous volumes too.

        Raises NotFound, AmbiguousReference, InvalidArgument, Conflict (it is up).
        """
        container_id = (await self._containers.record(reference)).id
        async with self._locks.hold(container_id):
            container = await self._containers.find(container_id)
            container.check_removable(force=force)
            if container.state is ContainerState.PAUSED:
                await self._kill(container.record)
            for sandbox in await self._sandboxes.list():
                if sandbox.key == container_id:
                    await self._sandboxes.remove(sandbox.id)
            await self.forget(container.record, volumes=volumes)

    async def _kill(self, record: ContainerRecord) -> None:
        """End a frozen process, which is killed at the moment when it is thawed."""
        if record.attempt is not None:
            with suppress(NotFound):
                await self._signals.signal(record.attempt.runtime_id, signal_number("KILL"))
                await self._pauses.resume(record.attempt.runtime_id)

    async def forget(self, record: ContainerRecord, *, volumes: bool) -> None:
        """Remove the log, the seed, the record and, with `volumes`, the anonymous volumes; the lock is held."""
        await self._kept.keep(record.log_paths, record.id, record.name)
        for path in record.log_paths:
            await self._logs.remove(path)
        await self._seeds.remove(record.id)
        await self._store.remove(record.id)
        self._events.of_container(record, "destroy")
        if volumes:
            await self._remove_anonymous_volumes(record)

    async def _remove_anonymous_volumes(self, record: ContainerRecord) -> None:
        anonymous = {volume.name for volume in await self._volumes.list() if volume.anonymous}
        for mount in record.spec.mounts:
            if mount.kind is MountKind.VOLUME and mount.source in anonymous:
                if await self._volumes.users(mount.source):
                    continue
                await self._volumes.remove(mount.source)
                await self._files.remove_volume(mount.source)
