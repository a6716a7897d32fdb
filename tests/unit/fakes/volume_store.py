"""Volumes in the FakeState of container_store.py."""

from __future__ import annotations

from domain.errors import InUse, NotFound
from domain.volume import Volume
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

    async def users(self, name: str) -> tuple[str, ...]:
        """Names of the containers that use it."""
        async with self.state.faults.call("users"):
            return self._users(name)

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
