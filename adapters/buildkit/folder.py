"""Writes the files of an output into a folder, and never outside of it, whatever is sent.

Every path is walked component by component from the folder's descriptor, through no symbolic link. What is
there already is replaced, not written into. All functions block.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.buildkit.proto.fsutil_pb2 import Stat
from adapters.buildkit.walker import posix_mode
from domain.errors import BuildFailed

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_AGAIN = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BAD = frozenset((b"", b".", b".."))


class FolderWriter:
    """Takes what `receiver` receives. Raises BuildFailed for what cannot be written, and for what leads out.

    Files belong to the caller; folders get their modes and times at the end, when nothing more goes in.
    """

    def __init__(self, destination: Path) -> None:
        self._destination = destination
        self._root = -1
        self._folders: dict[bytes, Stat] = {}
        self._files: dict[bytes, tuple[Stat, tuple[int, int]]] = {}
        self._written: dict[bytes, int] = {}

    def __enter__(self) -> Self:
        """Make the folder if it is not there."""
        with self._errors(b""):
            self._destination.mkdir(parents=True, exist_ok=True)
            self._root = os.open(self._destination, _DIRECTORY & ~os.O_NOFOLLOW)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what is open."""
        for file in (*self._written.values(), self._root):
            os.close(file)

    def announce(self, announced: Stat) -> bool:
        """Make a folder, a link, a device or an empty file; return whether it is a file that has content."""
        path = announced.path
        mode = posix_mode(announced.mode)
        with self._errors(path), self._inside(path) as (folder, name):
            if stat.S_ISDIR(mode):
                self._make_folder(folder, name, announced)
                return False
            scratch = b".k3c-" + secrets.token_hex(8).encode()
            try:
                inode = self._make(folder, scratch, announced, mode)
                _clear(folder, name)
                os.rename(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(scratch, dir_fd=folder)
        if inode is not None:
            self._files[path] = (announced, inode)
        return inode is not None and not announced.linkname

    def write(self, path: bytes, data: bytes) -> None:
        """Add to a file's content."""
        with self._errors(path):
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._opened(path), rest) :]

    def complete(self, path: bytes) -> None:
        """Give a file its mode, attributes and times."""
        with self._errors(path):
            file = self._opened(path)
            try:
                _describe(file, self._files[path][0])
            finally:
                os.close(self._written.pop(path))

    def finish(self) -> None:
        """Give folders what files have already, the innermost first."""
        for path, announced in reversed(self._folders.items()):
            with self._errors(path), self._inside(path) as (folder, name):
                inside = os.open(name, _DIRECTORY, dir_fd=folder)
                try:
                    _describe(inside, announced)
                finally:
                    os.close(inside)

    def _make_folder(self, folder: int, name: bytes, announced: Stat) -> None:
        try:
            os.mkdir(name, 0o700, dir_fd=folder)
        except FileExistsError:
            if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=folder)
                os.mkdir(name, 0o700, dir_fd=folder)
        self._folders[announced.path] = announced

    def _make(self, folder: int, name: bytes, announced: Stat, mode: int) -> tuple[int, int] | None:
        """Make what is not a folder under a name of its own; return device and inode of a plain file."""
        if stat.S_ISLNK(mode):
            os.symlink(announced.linkname, name, dir_fd=folder)
            _set_times(folder, name, announced)
            return None
        if stat.S_ISREG(mode):
            if announced.linkname:
                return self._link(folder, name, announced.linkname)
            file = os.open(name, _NEW, 0o600, dir_fd=folder)
            try:
                return _inode(os.fstat(file))
            finally:
                os.close(file)
        os.mknod(name, mode, os.makedev(announced.devmajor, announced.devminor), dir_fd=folder)
        os.chmod(name, stat.S_IMODE(mode), dir_fd=folder)
        _set_times(folder, name, announced)
        return None

    def _link(self, folder: int, name: bytes, first: bytes) -> tuple[int, int]:
        """Make a hardlink to a file of this transfer, and to nothing else."""
        if first not in self._files:
            raise BuildFailed("output-outside", os.fsdecode(first), "")
        with self._inside(first) as (there, its_name):
            os.link(its_name, name, src_dir_fd=there, dst_dir_fd=folder, follow_symlinks=False)
        inode = _inode(os.stat(name, dir_fd=folder, follow_symlinks=False))
        if inode != self._files[first][1]:
            raise BuildFailed("output-outside", os.fsdecode(first), "")
        return inode

    def _opened(self, path: bytes) -> int:
        """Open the file that was made for a path, once."""
        if path not in self._written:
            with self._inside(path) as (folder, name):
                file = os.open(name, _AGAIN, dir_fd=folder)
            self._written[path] = file
            if _inode(os.fstat(file)) != self._files[path][1]:
                raise BuildFailed("output-outside", os.fsdecode(path), "")
        return self._written[path]

    @contextmanager
    def _inside(self, path: bytes) -> Iterator[tuple[int, bytes]]:
        """Open the folder that a path is in, below the root; the block gets it and the path's last component."""
        *parents, name = path.split(b"/")
        if b"\0" in path or not _BAD.isdisjoint((*parents, name)):
            raise BuildFailed("output-outside", os.fsdecode(path), "")
        folder = os.dup(self._root)
        try:
            for parent in parents:
                inside = os.open(parent, _DIRECTORY, dir_fd=folder)
                os.close(folder)
                folder = inside
            yield folder, name
        finally:
            os.close(folder)

    @contextmanager
    def _errors(self, path: bytes) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = self._destination / os.fsdecode(path)
            raise BuildFailed("output-unwritable", str(where), "", error.strerror or str(error)) from error


def _inode(info: os.stat_result) -> tuple[int, int]:
    return info.st_dev, info.st_ino


def _clear(folder: int, name: bytes) -> None:
    """Remove a folder where something else is to be; a file is replaced by renaming."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            shutil.rmtree(os.fsdecode(name), dir_fd=folder)


def _describe(file: int, announced: Stat) -> None:
    for each in announced.xattrs:
        with suppress(OSError):  # as buildctl: the file system may have no attributes, or not these
            os.setxattr(file, each.key, each.value)
    os.fchmod(file, stat.S_IMODE(posix_mode(announced.mode)))
    os.utime(file, ns=(announced.modTime, announced.modTime))


def _set_times(folder: int, name: bytes, announced: Stat) -> None:
    os.utime(name, ns=(announced.modTime, announced.modTime), dir_fd=folder, follow_symlinks=False)
