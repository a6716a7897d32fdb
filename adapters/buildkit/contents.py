"""Reading the files of a build context, never through a symbolic link. All functions block."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.buildkit.walker import Entry, FileChanged

CHUNK = 1 << 20
"""The most bytes of a file in one packet."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, a file that was swapped for a fifo would block for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(root: bytes, entry: Entry) -> Iterator[bytes]:
    """Yield the content in chunks of at most `CHUNK` bytes.

    Raises FileChanged if the file is gone, is another file, or does not have the announced length.
    """
    if entry.is_socket:  # it cannot be opened
        return
    try:
        with _opened(root, entry) as file:
            yield from _chunks(file, entry)
    except OSError as error:
        raise FileChanged(entry.path, error.strerror or str(error)) from error


def _chunks(file: int, entry: Entry) -> Iterator[bytes]:
    done = 0
    while done < entry.size:
        data = os.read(file, min(CHUNK, entry.size - done))
        if not data:
            raise FileChanged(entry.path)
        done += len(data)
        yield data
    info = os.fstat(file)
    if (info.st_size, info.st_mtime_ns) != (entry.size, entry.modified):
        raise FileChanged(entry.path)


@contextmanager
def _opened(root: bytes, entry: Entry) -> Iterator[int]:
    """Open the file component by component, so that no swapped directory leads out of the root."""
    folder = os.open(root, _DIRECTORY & ~os.O_NOFOLLOW)  # the root itself is the caller's to name
    *parents, name = entry.path.split(b"/")
    try:
        for parent in parents:
            folder = _enter(folder, parent)
        file = os.open(name, _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    try:
        _check(file, entry)
        yield file
    finally:
        os.close(file)


def _enter(folder: int, name: bytes) -> int:
    """Open a directory inside `folder` and close `folder`; on an error `folder` stays open."""
    inside = os.open(name, _DIRECTORY, dir_fd=folder)
    os.close(folder)
    return inside


def _check(file: int, entry: Entry) -> None:
    info = os.fstat(file)
    if not stat.S_ISREG(info.st_mode) or (info.st_dev, info.st_ino) != entry.inode:
        raise FileChanged(entry.path)
    if info.st_size != entry.size:
        raise FileChanged(entry.path)
