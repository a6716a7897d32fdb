"""`cp` and `diff`: the files of containers."""

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
    """A path below a folder of this machine.

    `root_name` is the name of that folder in the container.
    """

    root: str
    path: str
    root_name: str = "."


@dataclass(frozen=True)
class ContainerFiles:
    """`cp` and `diff`.

    A container that was never started has the files of its image; files that are copied into it are put into
    the root of each of its attempts. While a container does not run, nothing is mounted in its root, so paths
    below a mount are read and written at the source of the mount.
    """

    containers: Containers
    volume_store: VolumeStore
    container_roots: ContainerRoots
    image_roots: ImageRoots
    rooted_files: RootedFiles
    seeds: Seeds
    locks: ContainerLocks

    async def changes(self, reference: str) -> tuple[tuple[str, str], ...]:
        """How the container's root differs from its image: kinds (A, C, D) and paths, by path.

        Raises NotFound, AmbiguousReference, Unsupported.
        """
        record = await self.containers.record(reference)
        if runtime_id := record.runtime_id:
            return await self.container_roots.changes(runtime_id)
        return await self.seeds.changes(record.id, record.image_id)

    async def stat(self, reference: str, path: str) -> PathStat:
        """What there is at a path in a container.

        Raises NotFound (the container), Conflict (a mount of a single file).
        """
        async with self._opened(await self.containers.find(reference), path) as place:
            return await self.rooted_files.stat(place.root, place.path)

    async def copy_from(
        self, reference: str, path: str, *, follow: bool
    ) -> AsyncGenerator[PathStat | bytes, None]:
        """What there is at a path, the last link not followed, then the chunks of a tar stream.

        With `follow` a symbolic link at `path` is followed. Raises NotFound, Conflict (a mount of a single
        file), RuntimeFailed.
        """
        async with self._opened(await self.containers.find(reference), path) as place:
            stat = await self.rooted_files.stat(place.root, place.path)
            if not stat.exists:
                raise NotFound("path in the container", path)
            yield stat
            packed = self.rooted_files.pack(place.root, place.path, follow=follow, root_name=place.root_name)
            async with aclosing(packed) as tar:
                async for chunk in tar:
                    yield chunk

    async def copy_to(self, reference: str, folder: str, tar: AsyncIterator[bytes]) -> None:
        """Unpack a tar stream in a folder of the container.

        Raises NotFound, Conflict (a read-only root or mount, or a start at the same time), InvalidArgument,
        RuntimeFailed.
        """
        container = await self.containers.find(reference)
        _check_writable(container.record, folder)
        async with self._opened(container, folder, writing=True) as place:
            await self.rooted_files.unpack(place.root, place.path, tar)

    @asynccontextmanager
    async def _opened(
        self, container: Container, path: str, *, writing: bool = False
    ) -> AsyncIterator[_Place]:
        record, mounted = container.record, _mounted_path(container, path)
        if mounted is not None:
            name = PurePosixPath(mounted.mount.target).name
            yield _Place(await self._source(mounted.mount), mounted.inside, name)
        elif runtime_id := record.runtime_id:
            async with self.container_roots.opened(runtime_id) as root:
                yield _Place(root, path)
        else:
            # The lock keeps it from being started meanwhile: its first root has what is copied now.
            async with self.locks.hold(record.id):
                if (await self.containers.record(record.id)).runtime_id:
                    raise Conflict("container", record.name, "started-meanwhile")
                seeded = writing or bool(await self.seeds.content(record.id))
                async with self._unstarted(record, seeded=seeded) as root:
                    yield _Place(root, path)

    def _unstarted(self, record: ContainerRecord, *, seeded: bool) -> AbstractAsyncContextManager[str]:
        if seeded:
            return self.seeds.opened(record.id, record.image_id)
        return self.image_roots.opened(record.image_id)

    async def _source(self, mount: Mount) -> str:
        """The folder of this machine that is mounted. Raises NotFound (the volume)."""
        if mount.kind is MountKind.BIND:
            return mount.source
        return (await self.volume_store.get(mount.source)).path


def _check_writable(record: ContainerRecord, folder: str) -> None:
    """Raise Conflict for a folder that the container itself cannot write to."""
    mounted = mounted_path(folder, record.spec.mounts)
    if mounted is not None and mounted.mount.read_only:
        raise Conflict("container", record.name, "read-only-mount", mounted.mount.target)
    if mounted is None and record.spec.security.read_only:
        raise Conflict("container", record.name, "read-only-root")


def _mounted_path(container: Container, path: str) -> MountedPath | None:
    """The mount that holds a path, if the mount cannot be seen in the root; None otherwise.

    The content of a tmpfs is gone with the processes, so a tmpfs holds nothing.
    """
    if container.has_process:
        return None
    mounted = mounted_path(path, container.record.spec.mounts)
    return None if mounted is None or mounted.mount.kind is MountKind.TMPFS else mounted
