"""Volumes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from application.compensation import compensating
from application.events import Events
from application.ports.host import HostFiles
from application.ports.looking import RootedFiles
from application.ports.state import VolumeStore
from domain.errors import AlreadyExists, NotFound
from domain.events import VOLUME
from domain.names import check_name, new_id
from domain.volume import Volume


class ListVolumes:
    """`volume ls`."""

    def __init__(self, volumes: VolumeStore) -> None:
        self._volumes = volumes

    async def __call__(self) -> tuple[tuple[Volume, tuple[str, ...]], ...]:
        """All of them by name, each with the names of the containers that use it."""
        found = await self._volumes.list()
        return tuple([(volume, await self._volumes.users(volume.name)) for volume in found])


async def find_volume(volumes: VolumeStore, name: str) -> Volume:
    """A volume by its name; raises NotFound."""
    for volume in await volumes.list():
        if volume.name == name:
            return volume
    raise NotFound("volume", name)


class RenameVolume:
    """`volume rename`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles, events: Events) -> None:
        self._events = events
        self._volumes = volumes
        self._files = files

    async def __call__(self, name: str, new: str) -> None:
        """Rename it, also while containers use it. Raises NotFound, AlreadyExists, InvalidArgument."""
        check_name("volume", new)
        volume = await find_volume(self._volumes, name)
        async with compensating() as undo:
            path = await self._files.rename_volume(name, new)
            undo.add(lambda: self._back(new, name))
            await self._volumes.rename(name, replace(volume, name=new, path=path, anonymous=False))
        self._events.tell(VOLUME, "rename", new, new, {"oldName": name})

    async def _back(self, new: str, name: str) -> None:
        await self._files.rename_volume(new, name)


class CloneVolume:
    """`volume clone`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles, create: CreateVolume) -> None:
        self._volumes = volumes
        self._files = files
        self._create = create

    async def __call__(self, name: str, new: str) -> None:
        """Make another volume with the same files and labels. Raises NotFound, AlreadyExists, RuntimeFailed."""
        check_name("volume", new)
        volume = await find_volume(self._volumes, name)
        async with new_volume(self._volumes, self._files, self._create, new, volume.labels) as copy:
            await self._files.populate(volume.path, "/", copy.path)


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
        volume = await find_volume(self._volumes, name)
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


@asynccontextmanager
async def new_volume(
    volumes: VolumeStore, files: HostFiles, create: CreateVolume, name: str, labels: dict[str, str]
) -> AsyncIterator[Volume]:
    """Make a volume that is not there yet, and take it back if the block fails. Raises AlreadyExists."""
    if any(volume.name == name for volume in await volumes.list()):
        raise AlreadyExists("volume", name, name)
    async with compensating() as undo:
        undo.add(lambda: files.remove_volume(name))
        made = await create(name, labels)
        undo.add(lambda: volumes.remove(name))
        yield made


class CreateVolume:
    """`volume create`."""

    def __init__(
        self,
        volumes: VolumeStore,
        files: HostFiles,
        events: Events,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._events = events
        self._volumes = volumes
        self._files = files
        self._clock = clock

    async def __call__(self, name: str, labels: dict[str, str]) -> Volume:
        """Make it, "" with a made-up name; one that exists is returned as it is. Raises InvalidArgument."""
        chosen = check_name("volume", name) if name else new_id()
        path = await self._files.make_volume(chosen)
        volume = await self._volumes.add(Volume(chosen, path, self._clock(), labels, anonymous=not name))
        self._events.tell(VOLUME, "create", chosen, chosen, labels)
        return volume


class RemoveVolume:
    """`volume rm`."""

    def __init__(self, volumes: VolumeStore, files: HostFiles, events: Events) -> None:
        self._events = events
        self._volumes = volumes
        self._files = files

    async def __call__(self, name: str) -> None:
        """Remove it with its files. Raises NotFound, InUse."""
        await self._volumes.remove(name)
        await self._files.remove_volume(name)
        self._events.tell(VOLUME, "destroy", name, name, {})
