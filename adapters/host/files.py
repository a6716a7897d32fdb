"""Folders of volumes."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from adapters.host.errors import translated
from domain.errors import RuntimeFailed
from domain.names import check_name

SERVICE = "host files"
_DATA = "_data"
# Passable and not listable: a container's user reaches what is mounted, and sees nobody else's volumes.
_PASSABLE = 0o701
_DATA_MODE = 0o755
_REMOVE_TRIES = 16


class LinuxHostFiles:
    """HostFiles; a volume's files are at `<volumes_folder>/<name>/_data`."""

    def __init__(self, volumes_folder: str) -> None:
        self._folder = Path(volumes_folder)

    async def exists(self, path: str) -> bool:
        """Whether there is something, behind links too."""
        return await asyncio.to_thread(os.path.exists, path)

    async def make_volume(self, name: str) -> str:
        """Make `<name>/_data`. Raises InvalidArgument (name), RuntimeFailed (disk full, a link in its place)."""
        check_name("volume", name)
        return await asyncio.to_thread(self._make, name)

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


def _make_folder(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode)
    except FileExistsError as error:
        if folder.is_symlink() or not folder.is_dir():
            raise RuntimeFailed(SERVICE, f"{folder} is in the way: it is not a folder") from error
    else:
        folder.chmod(mode)  # whatever the umask


def _remove_within(folder: int, name: str) -> None:
    """Remove an entry of an open folder; another that removes the same at once is no trouble."""
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
