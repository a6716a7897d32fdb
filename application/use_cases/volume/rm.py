"""`volume rm`: remove a volume."""

from __future__ import annotations

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.support.events import Events
from domain.events import VOLUME


class RemoveVolume:
    """`volume rm`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles, events: Events) -> None:
        self._events = events
        self._volumes = volumes
        self._files = files

    async def __call__(self, name: str) -> None:
        """Remove it with its files. Raises NotFound, InUse."""
        await self._volumes.remove(name)
        await self._files.remove_volume(name)
        self._events.emit(VOLUME, "destroy", name, name, {})
