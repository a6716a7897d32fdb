"""`volume clone`: copy a volume."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.use_cases.volume.create import CreateVolume, new_volume
from domain.names import check_name


@dataclass(frozen=True)
class CloneVolume:
    """`volume clone`."""

    volume_store: VolumeStore
    files: HostFiles
    create_volume: CreateVolume

    async def __call__(self, name: str, new: str) -> None:
        """Make the volume `new` with the files and labels of another.

        Raises NotFound, AlreadyExists, RuntimeFailed.
        """
        check_name("volume", new)
        volume = await self.volume_store.get(name)
        async with new_volume(self.volume_store, self.files, self.create_volume, new, volume.labels) as copy:
            await self.files.populate(volume.path, "/", copy.path)
