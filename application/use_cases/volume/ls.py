"""`volume ls`: list volumes."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.state import VolumeStore
from domain.volume import Volume


@dataclass(frozen=True)
class ListVolumes:
    """`volume ls`."""

    volume_store: VolumeStore

    async def __call__(self) -> tuple[tuple[Volume, tuple[str, ...]], ...]:
        """All volumes by name, each with the names of the containers that use it."""
        found = await self.volume_store.list()
        return tuple([(volume, await self.volume_store.users(volume.name)) for volume in found])
