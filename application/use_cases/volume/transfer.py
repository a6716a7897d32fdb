"""`volume export` and `volume import`: volumes as tar streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from application.ports.files import RootedFiles
from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.use_cases.volume.create import CreateVolume, new_volume
from domain.names import check_name


class MoveVolume:
    """`volume export` and `volume import`."""

    def __init__(
        self, volumes: VolumeStore, files: HostFiles, create: CreateVolume, tars: RootedFiles
    ) -> None:
        self._volumes = volumes
        self._files = files
        self._create = create
        self._tars = tars

    async def export(self, name: str) -> AsyncGenerator[bytes, None]:
        """A tar stream of its files. Raises NotFound, RuntimeFailed."""
        volume = await self._volumes.get(name)
        async with aclosing(self._tars.pack(volume.path, "/", follow=False)) as tar:
            async for chunk in tar:
                yield chunk

    async def import_(self, name: str, labels: dict[str, str], tar: AsyncIterator[bytes]) -> None:
        """A volume of this name with the files of a tar stream; on failure there is none.

        Raises AlreadyExists, InvalidArgument (name, tar), RuntimeFailed.
        """
        check_name("volume", name)
        async with new_volume(self._volumes, self._files, self._create, name, labels) as volume:
            await self._tars.unpack(volume.path, "/", tar)
