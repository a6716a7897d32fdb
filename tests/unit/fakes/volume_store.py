"""Volumes in the FakeState of container_store.py."""

from __future__ import annotations

from dataclasses import replace

from domain.errors import AlreadyExists, InUse, NotFound
from domain.volume import MountKind, Volume
from tests.unit.fakes.container_store import FakeState


class FakeVolumeStore:
    """VolumeStore in a FakeState."""

    def __init__(self, state: FakeState | None = None) -> None:
        self.state = state or FakeState()

    async def add(self, volume: Volume) -> Volume:
        """Keep a volume, or return the one of this name."""
        async with self.state.faults.call("add_volume"):
            return self.state.volumes.setdefault(volume.name, volume)

    async def list(self) -> tuple[Volume, ...]:
        """All volumes by name."""
        async with self.state.faults.call("list_volumes"):
            return tuple(self.state.volumes[name] for name in sorted(self.state.volumes))

    async def get(self, name: str) -> Volume:
        """The volume of this name."""
        async with self.state.faults.call("get_volume"):
            if name not in self.state.volumes:
                raise NotFound("volume", name)
            return self.state.volumes[name]

    async def users(self, name: str) -> tuple[str, ...]:
        """Names of the containers that use it."""
        async with self.state.faults.call("users"):
            return self._users(name)

    async def rename(self, name: str, volume: Volume) -> None:
        """Put it in the other's place, in uses and specs too."""
        async with self.state.faults.call("rename_volume"):
            if name not in self.state.volumes:
                raise NotFound("volume", name)
            if volume.name in self.state.volumes:
                raise AlreadyExists("volume", volume.name, volume.name)
            del self.state.volumes[name]
            self.state.volumes[volume.name] = volume
            for container_id, used in self.state.uses.items():
                if name not in used:
                    continue
                self.state.uses[container_id] = type(used)(
                    volume.name if one == name else one for one in used
                )
                record = self.state.records[container_id]
                mounts = tuple(
                    replace(mount, source=volume.name)
                    if (mount.kind, mount.source) == (MountKind.VOLUME, name)
                    else mount
                    for mount in record.spec.mounts
                )
                self.state.records[container_id] = replace(record, spec=replace(record.spec, mounts=mounts))

    async def remove(self, name: str) -> None:
        """Forget it, unless it is used."""
        async with self.state.faults.call("remove_volume"):
            for user in self._users(name):
                raise InUse("volume", name, user)
            if self.state.volumes.pop(name, None) is None:
                raise NotFound("volume", name)

    def _users(self, name: str) -> tuple[str, ...]:
        using = (container_id for container_id, used in self.state.uses.items() if name in used)
        return tuple(sorted(self.state.records[container_id].name for container_id in using))
