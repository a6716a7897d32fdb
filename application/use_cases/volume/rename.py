"""`volume rename`: give a volume another name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.support.compensation import compensating
from application.support.events import Events
from domain.events import VOLUME
from domain.names import check_name


@dataclass(frozen=True)
class RenameVolume:
    """`volume rename`."""

    volume_store: VolumeStore
    files: HostFiles
    events: Events

    async def __call__(self, name: str, new: str) -> None:
        """Rename a volume, also while containers use it. Raises NotFound, AlreadyExists, InvalidArgument."""
        check_name("volume", new)
        volume = await self.volume_store.get(name)
        async with compensating() as undo:
            path = await self.files.rename_volume(name, new)
            undo.add(lambda: self._back(new, name))
            await self.volume_store.rename(name, replace(volume, name=new, path=path, anonymous=False))
        self.events.emit(VOLUME, "rename", new, new, {"oldName": name})

    async def _back(self, new: str, name: str) -> None:
        await self.files.rename_volume(new, name)
