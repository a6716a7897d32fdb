"""`volume clone`: copy a volume."""

from __future__ import annotations

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.use_cases.volume.create import CreateVolume, new_volume
from domain.names import check_name


class CloneVolume:
    """`volume clone`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles, create: CreateVolume) -> None:
        self._volumes = volumes
        self._files = files
        self._create = create

    async def __call__(self, name: str, new: str) -> None:
        """Make another volume with the same files and labels. Raises NotFound, AlreadyExists, RuntimeFailed."""
        check_name("volume", new)
        volume = await self._volumes.get(name)
        async with new_volume(self._volumes, self._files, self._create, new, volume.labels) as copy:
            await self._files.populate(volume.path, "/", copy.path)
