"""Volumes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from domain.names import check_name, new_id
from domain.volume import Volume


class ListVolumes:
    """`volume ls`."""

    def __init__(self, volumes: VolumeStore) -> None:
        self._volumes = volumes

    async def __call__(self) -> tuple[Volume, ...]:
        """All of them, by name."""
        return await self._volumes.list()


class CreateVolume:
    """`volume create`."""

    def __init__(
        self,
        volumes: VolumeStore,
        files: HostFiles,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._volumes = volumes
        self._files = files
        self._clock = clock

    async def __call__(self, name: str, labels: dict[str, str]) -> Volume:
        """Make it, "" with a made-up name; one that exists is returned as it is. Raises InvalidArgument."""
        chosen = check_name("volume", name) if name else new_id()
        path = await self._files.make_volume(chosen)
        return await self._volumes.add(Volume(chosen, path, self._clock(), labels, anonymous=not name))


class RemoveVolume:
    """`volume rm`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles) -> None:
        self._volumes = volumes
        self._files = files

    async def __call__(self, name: str) -> None:
        """Remove it with its files. Raises NotFound, InUse."""
        await self._volumes.remove(name)
        await self._files.remove_volume(name)
