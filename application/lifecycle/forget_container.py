"""Removing what is left of a container whose sandbox is gone."""

from __future__ import annotations

from contextlib import suppress

from application.ports.files import Seeds
from application.ports.host import HostFiles
from application.ports.logs import ContainerLogs, KeptLogs
from application.ports.state import ContainerStore, VolumeStore
from application.support.events import Events
from domain.container import ContainerRecord
from domain.errors import NotFound
from domain.volume import MountKind


class ForgetContainer:
    """Remove the log, the seed and, last of all, the record: a removal that broke off can be repeated."""

    def __init__(
        self,
        store: ContainerStore,
        volumes: VolumeStore,
        files: HostFiles,
        logs: ContainerLogs,
        kept: KeptLogs,
        seeds: Seeds,
        events: Events,
    ) -> None:
        self._store = store
        self._volumes = volumes
        self._files = files
        self._logs = logs
        self._kept = kept
        self._seeds = seeds
        self._events = events

    async def __call__(self, record: ContainerRecord, *, volumes: bool) -> None:
        """Forget a container whose lock the caller holds; with `volumes`, remove its anonymous volumes."""
        await self._kept.keep(record.log_paths, record.id, record.name)
        for path in record.log_paths:
            await self._logs.remove(path)
        await self._seeds.remove(record.id)
        await self._store.remove(record.id)
        self._events.of_container(record, "destroy")
        if volumes:
            await self._remove_anonymous_volumes(record)

    async def _remove_anonymous_volumes(self, record: ContainerRecord) -> None:
        for name in {mount.source for mount in record.spec.mounts if mount.kind is MountKind.VOLUME}:
            with suppress(NotFound):  # it was removed meanwhile
                if (await self._volumes.get(name)).anonymous and not await self._volumes.users(name):
                    await self._volumes.remove(name)
                    await self._files.remove_volume(name)
