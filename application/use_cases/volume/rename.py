"""`volume rename`: give a volume another name."""

from __future__ import annotations

from dataclasses import replace

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.support.compensation import compensating
from application.support.events import Events
from domain.events import VOLUME
from domain.names import check_name


class RenameVolume:
    """`volume rename`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles, events: Events) -> None:
        self._events = events
        self._volumes = volumes
        self._files = files

    async def __call__(self, name: str, new: str) -> None:
        """Rename it, also while containers use it. Raises NotFound, AlreadyExists, InvalidArgument."""
        check_name("volume", new)
        volume = await self._volumes.get(name)
        async with compensating() as undo:
            path = await self._files.rename_volume(name, new)
            undo.add(lambda: self._back(new, name))
            await self._volumes.rename(name, replace(volume, name=new, path=path, anonymous=False))
        self._events.emit(VOLUME, "rename", new, new, {"oldName": name})

    async def _back(self, new: str, name: str) -> None:
        await self._files.rename_volume(new, name)
