"""Folders of volumes."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from adapters.host.errors import translated
from adapters.host.rooted import open_in_root
from domain.errors import AlreadyExists, NotFound, RuntimeFailed
from domain.names import check_name

SERVICE = "host files"
_DATA = "_data"
# Passable and not listable: a container's user reaches what is mounted, and does not see other volumes.
_PASSABLE = 0o701
_DATA_MODE = 0o755
_REMOVE_TRIES = 16


class LinuxHostFiles:
    """application.ports.host.HostFiles; a volume's files are at `<volumes_folder>/<name>/_data`."""

    def __init__(self, volumes_folder: str) -> None:
        self._folder = Path(volumes_folder)

    async def exists(self, path: str) -> bool:
        """Return whether a path exists, behind links too."""
        return await asyncio.to_thread(os.path.exists, path)

    async def is_empty(self, path: str) -> bool:
        """Return whether a folder is empty."""
        return await asyncio.to_thread(_is_empty, path)

    async def populate(self, root: str, inside: str, folder: str) -> None:
        """Run `cp -a` from a folder that was opened within the root."""
        with translated(SERVICE, folder):
            source = await asyncio.to_thread(_folder_in, root, inside)
            if source is None:
                return
            try:
                await _copy(source, folder)
            finally:
                os.close(source)

    async def make_volume(self, name: str) -> str:
        """Make `<name>/_data`. Raises InvalidArgument (name), RuntimeFailed (disk full, a link in its place)."""
        check_name("volume", name)
        return await asyncio.to_thread(self._make, name)

    async def rename_volume(self, name: str, new: str) -> str:
        """Rename `<name>`; an existing folder is not replaced."""
        check_name("volume", new)
        return await asyncio.to_thread(self._rename, name, new)

    async def remove_volume(self, name: str) -> None:
        """Remove `<name>`, following no link. Raises InvalidArgument (name), RuntimeFailed (busy, read-only)."""
        check_name("volume", name)
        await asyncio.to_thread(self._remove, name)

    def _make(self, name: str) -> str:
        with translated(SERVICE, str(self._folder / name)):
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self._folder, self._folder / name):
                _make_folder(folder, _PASSABLE)
            _make_folder(self._folder / name / _DATA, _DATA_MODE)
        return str(self._folder / name / _DATA)

    def _rename(self, name: str, new: str) -> str:
        with translated(SERVICE, str(self._folder / name)):
            target = self._folder / new
            if target.exists():
                raise AlreadyExists("volume", new, new)
            try:
                (self._folder / name).rename(target)
            except FileNotFoundError as error:
                raise NotFound("volume", name) from error
        return str(target / _DATA)

    def _remove(self, name: str) -> None:
        with translated(SERVICE, str(self._folder / name)):
            try:
                inside = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except FileNotFoundError:
                return
            try:
                _remove_within(inside, name)
            finally:
                os.close(inside)


def _is_empty(path: str) -> bool:
    with translated(SERVICE, path), os.scandir(path) as entries:
        return next(entries, None) is None


def _folder_in(root: str, inside: str) -> int | None:
    """Open a folder within a root; None if there is no such folder."""
    opened = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return open_in_root(opened, inside, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    finally:
        os.close(opened)


async def _copy(source: int, folder: str) -> None:
    command = ("cp", "-a", "--reflink=auto", f"/proc/self/fd/{source}/.", folder)
    process = await asyncio.create_subprocess_exec(
        *command, pass_fds=(source,), stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        raise RuntimeFailed(SERVICE, said.decode(errors="replace").strip())


def _make_folder(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode)
    except FileExistsError as error:
        if folder.is_symlink() or not folder.is_dir():
            raise RuntimeFailed(SERVICE, f"{folder} is in the way: it is not a folder") from error
    else:
        folder.chmod(mode)  # whatever the umask


def _remove_within(folder: int, name: str) -> None:
    """Remove an entry of an open folder; it is no error if another process removes the same entry."""
    for _ in range(_REMOVE_TRIES):
        with suppress(FileNotFoundError):
            if _is_folder(folder, name):
                shutil.rmtree(name, dir_fd=folder)
            else:
                os.unlink(name, dir_fd=folder)
            return
        if not _is_there(folder, name):
            return
    raise RuntimeFailed(SERVICE, f"{name} is being changed by others")


def _is_there(folder: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def _is_folder(folder: int, name: str) -> bool:
    return stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode)
