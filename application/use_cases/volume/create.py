"""`volume create`: make a volume."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from application.ports.host import HostFiles
from application.ports.state import VolumeStore
from application.support.compensation import compensating
from application.support.events import Events
from domain.errors import AlreadyExists, NotFound
from domain.events import VOLUME
from domain.names import check_name, new_id
from domain.volume import Volume


async def has_volume(volumes: VolumeStore, name: str) -> bool:
    """Whether there is a volume of this name."""
    try:
        await volumes.get(name)
    except NotFound:
        return False
    return True


@asynccontextmanager
async def new_volume(
    volumes: VolumeStore, files: HostFiles, create: CreateVolume, name: str, labels: dict[str, str]
) -> AsyncIterator[Volume]:
    """Make a volume that does not exist, and remove it if the block fails. Raises AlreadyExists."""
    if await has_volume(volumes, name):
        raise AlreadyExists("volume", name, name)
    async with compensating() as undo:
        undo.add(lambda: files.remove_volume(name))
        # A creation that is cancelled may come to its end all the same.
        undo.add(lambda: _remove(volumes, name))
        yield await create(name, labels)


async def _remove(volumes: VolumeStore, name: str) -> None:
    with suppress(NotFound):
        await volumes.remove(name)


@dataclass(frozen=True)
class CreateVolume:
    """`volume create`."""

    volume_store: VolumeStore
    files: HostFiles
    events: Events
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __call__(self, name: str, labels: dict[str, str], *, anonymous: bool = False) -> Volume:
        """Make the volume `name`; "" makes an anonymous one with a random name.

        A volume that exists already is returned as it is. Raises InvalidArgument.
        """
        chosen = check_name("volume", name) if name else new_id()
        path = await self.files.make_volume(chosen)
        made = Volume(chosen, path, self.clock(), labels, anonymous=anonymous or not name)
        stored = await self.volume_store.add(made)
        if stored == made:  # otherwise there was one of this name
            self.events.emit(VOLUME, "create", chosen, chosen, labels)
        return stored
