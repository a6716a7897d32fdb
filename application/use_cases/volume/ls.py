"""`volume ls`: list volumes."""

from __future__ import annotations

from application.ports.state import VolumeStore
from domain.volume import Volume


class ListVolumes:
    """`volume ls`."""

    def __init__(self, volumes: VolumeStore) -> None:
        self._volumes = volumes

    async def __call__(self) -> tuple[tuple[Volume, tuple[str, ...]], ...]:
        """All of them by name, each with the names of the containers that use it."""
        found = await self._volumes.list()
        return tuple([(volume, await self._volumes.users(volume.name)) for volume in found])
