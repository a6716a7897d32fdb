"""`volume export` and `volume import`: volumes as tar streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from application.ports.files import RootedFiles
from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.use_cases.volume.create import CreateVolume, new_volume
from domain.names import check_name


@dataclass(frozen=True)
class MoveVolume:
    """`volume export` and `volume import`."""

    volume_store: VolumeStore
    files: HostFiles
    create_volume: CreateVolume
    rooted_files: RootedFiles

    async def export(self, name: str) -> AsyncGenerator[bytes, None]:
        """A tar stream of the volume's files. Raises NotFound, RuntimeFailed."""
        volume = await self.volume_store.get(name)
        async with aclosing(self.rooted_files.pack(volume.path, "/", follow=False)) as tar:
            async for chunk in tar:
                yield chunk

    async def import_(self, name: str, labels: dict[str, str], tar: AsyncIterator[bytes]) -> None:
        """Make a volume with the files of a tar stream; on failure there is no volume of this name.

        Raises AlreadyExists, InvalidArgument (the name, or the tar stream), RuntimeFailed.
        """
        check_name("volume", name)
        async with new_volume(self.volume_store, self.files, self.create_volume, name, labels) as volume:
            await self.rooted_files.unpack(volume.path, "/", tar)
