"""The files of containers, in and out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from application.lifecycle.lookup import Containers
from application.ports.files import ContainerRoots, PathStat, RootedFiles, Seeds
from application.ports.images import ImageRoots
from application.ports.state import VolumeStore
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerRecord
from domain.errors import Conflict, NotFound
from domain.volume import Mount, MountedPath, MountKind, mounted_path


@dataclass(frozen=True)
class _Place:
    """A path below a folder of this machine; `root_name` is what that folder is called in the container."""

    root: str
    path: str
    root_name: str = "."


class ContainerFiles:
    """`cp` and `diff`.

    The files of a container that was never started are its image's; what is copied into it then is put into each of
    its fresh roots. While a container does not run nothing is mounted in its root: what a mount of it holds is
    looked for where the mount leads.
    """

    def __init__(
        self,
        containers: Containers,
        volumes: VolumeStore,
        roots: ContainerRoots,
        image_roots: ImageRoots,
        files: RootedFiles,
        seeds: Seeds,
        locks: ContainerLocks,
    ) -> None:
        self._locks = locks
        self._seeds = seeds
        self._containers = containers
        self._volumes = volumes
        self._roots = roots
        self._image_roots = image_roots
        self._files = files

    async def changes(self, reference: str) -> tuple[tuple[str, str], ...]:
        """How its root differs from its image, or will at its first start. Raises NotFound, Unsupported."""
        record = await self._containers.record(reference)
        if runtime_id := _runtime_id(record):
            return await self._roots.changes(runtime_id)
        return await self._seeds.changes(record.id, record.image_id)

    async def stat(self, reference: str, path: str) -> PathStat:
        """What is at a path. Raises NotFound (the container), Conflict (a mount of a single file)."""
        async with self._opened(await self._containers.find(reference), path) as place:
            return await self._files.stat(place.root, place.path)

    async def copy_from(self, reference: str, path: str, *, follow: bool) -> AsyncGenerator[bytes, None]:
        """A tar stream. Raises NotFound, Conflict (a mount of a single file), RuntimeFailed."""
        async with self._opened(await self._containers.find(reference), path) as place:
            if not (await self._files.stat(place.root, place.path)).exists:
                raise NotFound("path in the container", path)
            packed = self._files.pack(place.root, place.path, follow=follow, root_name=place.root_name)
            async with aclosing(packed) as tar:
                async for chunk in tar:
                    yield chunk

    async def copy_to(self, reference: str, folder: str, tar: AsyncIterator[bytes]) -> None:
        """Unpack a tar stream.

        Raises NotFound, Conflict (a read-only mount, a start in between), InvalidArgument, RuntimeFailed.
        """
        container = await self._containers.find(reference)
        record, held = container.record, _held(container, folder)
        if held is not None and held.mount.read_only:
            raise Conflict("container", record.name, "read-only-mount", held.mount.target)
        async with self._opened(container, folder, writing=True) as place:
            await self._files.unpack(place.root, place.path, tar)

    @asynccontextmanager
    async def _opened(
        self, container: Container, path: str, *, writing: bool = False
    ) -> AsyncIterator[_Place]:
        record, held = container.record, _held(container, path)
        if held is not None:
            name = PurePosixPath(held.mount.target).name
            yield _Place(await self._source(held.mount), held.inside, name)
        elif runtime_id := _runtime_id(record):
            async with self._roots.opened(runtime_id) as root:
                yield _Place(root, path)
        else:
            # It is not started meanwhile: what is copied then is in its first root.
            async with self._locks.hold(record.id):
                if _runtime_id(await self._containers.record(record.id)):
                    raise Conflict("container", record.name, "started-meanwhile")
                seeded = writing or bool(await self._seeds.content(record.id))
                async with self._unstarted(record, seeded=seeded) as root:
                    yield _Place(root, path)

    def _unstarted(self, record: ContainerRecord, *, seeded: bool) -> AbstractAsyncContextManager[str]:
        if seeded:
            return self._seeds.opened(record.id, record.image_id)
        return self._image_roots.opened(record.image_id)

    async def _source(self, mount: Mount) -> str:
        """The folder of this machine that is mounted. Raises NotFound (the volume)."""
        if mount.kind is MountKind.BIND:
            return mount.source
        for volume in await self._volumes.list():
            if volume.name == mount.source:
                return volume.path
        raise NotFound("volume", mount.source)


def _held(container: Container, path: str) -> MountedPath | None:
    """What a mount holds of a path, unless all mounts can be seen in the root; a tmpfs is gone with its processes."""
    if container.has_process:
        return None
    held = mounted_path(path, container.record.spec.mounts)
    return None if held is None or held.mount.kind is MountKind.TMPFS else held


def _runtime_id(record: ContainerRecord) -> str:
    """The id in the runtime, "" before its first start."""
    return record.attempt.runtime_id if record.attempt else ""
