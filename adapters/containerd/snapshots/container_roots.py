"""Root file systems of containers: through /proc while they run, else their snapshots, mounted to be read."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto import snapshots_pb2 as pb
from adapters.containerd.proto.containers_pb2 import Container, GetContainerRequest
from adapters.containerd.proto.containers_pb2_grpc import ContainersStub
from adapters.containerd.proto.snapshots_pb2_grpc import SnapshotsStub
from adapters.containerd.proto.types_pb2 import Mount
from adapters.containerd.snapshots.mounting import mounted
from adapters.containerd.tasks.pids import ContainerdPids
from domain.errors import Unsupported

_OWN = (".k3c",)  # where the gate was mounted
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


class ContainerdContainerRoots:
    """application.ports.files.ContainerRoots; snapshots are mounted in `folder`."""

    def __init__(self, channel: grpc.aio.Channel, folder: str) -> None:
        self._containers = ContainersStub(channel)
        self._snapshots = SnapshotsStub(channel)
        self._pids = ContainerdPids(channel)
        self._folder = Path(folder)

    @asynccontextmanager
    async def opened(self, runtime_id: str) -> AsyncIterator[str]:
        """Give the path of a container's root; while the container runs, with all that is mounted in it."""
        if pid := await self._pids.first(runtime_id):
            yield f"/proc/{pid}/root"
            return
        place = self._folder / f"k3c-mount-{secrets.token_hex(8)}"
        async with mounted(await self._mounts(runtime_id), place, read_only=False) as root:
            yield root

    async def changes(self, runtime_id: str) -> tuple[tuple[str, str], ...]:
        """Read the changes from overlayfs's upper folder; other snapshotters do not have such a folder."""
        mounts = await self._mounts(runtime_id)
        folders = _overlay(mounts)
        if folders is None:
            raise Unsupported("diff", "a snapshotter other than overlayfs")
        targets = await self._mount_targets(runtime_id)
        return await asyncio.to_thread(lambda: changed_paths(*folders, targets))

    async def size(self, runtime_id: str) -> int:
        """Call Snapshots.Usage."""
        snapshotter, key = await self._snapshot(runtime_id)
        async with translated("container", runtime_id):
            usage = await self._snapshots.Usage(
                pb.UsageRequest(snapshotter=snapshotter, key=key), metadata=NAMESPACE
            )
        return int(usage.size)

    async def _mounts(self, runtime_id: str) -> Sequence[Mount]:
        snapshotter, key = await self._snapshot(runtime_id)
        async with translated("container", runtime_id):
            answer = await self._snapshots.Mounts(
                pb.MountsRequest(snapshotter=snapshotter, key=key), metadata=NAMESPACE
            )
        return answer.mounts

    async def _snapshot(self, runtime_id: str) -> tuple[str, str]:
        found = await self._container(runtime_id)
        return found.snapshotter, found.snapshot_key

    async def _mount_targets(self, runtime_id: str) -> set[str]:
        spec = json.loads((await self._container(runtime_id)).spec.value)
        return {os.path.normpath(mount["destination"]) for mount in spec.get("mounts", ())}

    async def _container(self, runtime_id: str) -> Container:
        async with translated("container", runtime_id):
            found = await self._containers.Get(GetContainerRequest(id=runtime_id), metadata=NAMESPACE)
        return found.container


def _overlay(mounts: Sequence[Mount]) -> tuple[Path, list[Path]] | None:
    """The upper folder and the lower ones, topmost first."""
    for mount in mounts:
        if mount.type == "overlay":
            options = dict(option.split("=", 1) for option in mount.options if "=" in option)
            return Path(options["upperdir"]), [Path(folder) for folder in options["lowerdir"].split(":")]
    return None


def changed_paths(upper: Path, lowers: list[Path], targets: set[str]) -> tuple[tuple[str, str], ...]:
    """Return kinds and paths of what differs in overlayfs's upper folder, by path.

    Paths that the runtime made to mount on, `targets`, are left out, and so are folders that only that
    changed.
    """
    kinds = {path: kind for kind, path in _differences(upper, lowers)}
    made = {path for path in targets if kinds.get(path) == "A" and _holds_nothing(upper / path[1:])}
    for path in made:
        del kinds[path]
    parents = {str(parent) for path in made for parent in PurePosixPath(path).parents}
    for path in sorted(parents & kinds.keys(), reverse=True):  # a folder comes after those in it
        is_empty = not any(other.startswith(f"{path}/") for other in kinds)
        if is_empty and (kinds[path] == "A" or _is_as_below(upper, lowers, Path(path[1:]))):
            del kinds[path]
    return tuple((kinds[path], path) for path in sorted(kinds))


def _holds_nothing(path: Path) -> bool:
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode):
        return not _entries(path)
    return stat.S_ISREG(found.st_mode) and not found.st_size


def _is_as_below(upper: Path, lowers: list[Path], folder: Path) -> bool:
    """Return whether a folder has the mode and the owner that the image gives it."""
    changed = (upper / folder).lstat()
    below = next((lower / folder).lstat() for lower in lowers if os.path.lexists(lower / folder))
    return (changed.st_mode, changed.st_uid, changed.st_gid) == (below.st_mode, below.st_uid, below.st_gid)


def _differences(upper: Path, lowers: list[Path]) -> Iterator[tuple[str, str]]:
    for folder, folders, files in os.walk(upper):
        inside = Path(folder).relative_to(upper)
        if inside == Path():
            folders[:] = [name for name in folders if name not in _OWN]
        for name in (*folders, *files):
            path = inside / name
            if _is_whiteout(upper / path):
                yield "D", f"/{path}"
                continue
            there = _below(lowers, path)
            yield ("C" if there else "A"), f"/{path}"
        if _is_opaque(upper / inside):
            yield from (("D", f"/{inside / name}") for name in _names(lowers, inside) - {*folders, *files})


def _below(lowers: list[Path], path: Path) -> bool:
    """Return whether the image has something at a path: the topmost layer that knows of it decides."""
    for lower in lowers:
        for part in (*reversed(path.parents), path):
            if part != Path() and _is_whiteout(lower / part):
                return False
        if os.path.lexists(lower / path):
            return True
        if any(part != Path() and _is_opaque(lower / part) for part in path.parents):
            return False
    return False


def _names(lowers: list[Path], folder: Path) -> set[str]:
    return {name for lower in lowers if (lower / folder).is_dir() for name in _entries(lower / folder)}


def _entries(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def _is_whiteout(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def _is_opaque(path: Path) -> bool:
    for name in _OPAQUE:
        try:
            if os.getxattr(path, name, follow_symlinks=False) == b"y":
                return True
        except OSError:
            continue
    return False
