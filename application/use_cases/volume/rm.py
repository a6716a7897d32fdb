"""`volume rm`: remove a volume."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.support.events import Events
from domain.events import VOLUME


@dataclass(frozen=True)
class RemoveVolume:
    """`volume rm`."""

    volume_store: VolumeStore
    files: HostFiles
    events: Events

    async def __call__(self, name: str) -> None:
        """Remove a volume with its files. Raises NotFound, InUse."""
        await self.volume_store.remove(name)
        await self.files.remove_volume(name)
        self.events.emit(VOLUME, "destroy", name, name, {})
