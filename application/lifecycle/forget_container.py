"""Removing what is left of a container whose sandbox is gone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from application.ports.files import Seeds
from application.ports.host import HostFiles
from application.ports.logs import ContainerLogs, KeptLogs
from application.ports.state import ContainerStore, VolumeStore
from application.support.events import Events
from domain.container import ContainerRecord
from domain.errors import NotFound
from domain.events import VOLUME
from domain.volume import MountKind


@dataclass(frozen=True)
class ForgetContainer:
    """Remove the log, the seed and the record of a container.

    The record goes last, so that a removal that was interrupted can be repeated.
    """

    container_store: ContainerStore
    volume_store: VolumeStore
    files: HostFiles
    logs: ContainerLogs
    kept_logs: KeptLogs
    seeds: Seeds
    events: Events

    async def __call__(self, record: ContainerRecord, *, volumes: bool) -> None:
        """Forget a container whose lock the caller holds; `volumes` removes its anonymous volumes, too."""
        await self.kept_logs.keep(record.log_paths, record.id, record.name)
        for path in record.log_paths:
            await self.logs.remove(path)
        await self.seeds.remove(record.id)
        await self.container_store.remove(record.id)
        self.events.of_container(record, "destroy")
        if volumes:
            await self._remove_anonymous_volumes(record)

    async def _remove_anonymous_volumes(self, record: ContainerRecord) -> None:
        for name in {mount.source for mount in record.spec.mounts if mount.kind is MountKind.VOLUME}:
            with suppress(NotFound):  # it was removed meanwhile
                if (await self.volume_store.get(name)).anonymous and not await self.volume_store.users(name):
                    await self.volume_store.remove(name)
                    await self.files.remove_volume(name)
                    self.events.emit(VOLUME, "destroy", name, name, {})
