"""The files that this process has loaded, and whether they are still those on the disk.

Python's own library is taken to change with the interpreter alone: a look at each file costs some microseconds.
"""

from __future__ import annotations

import os
import stat
import sys
import sysconfig

_Stamp = tuple[int, int, int, int]


class LoadedFiles:
    """The files of all modules, as they were when they were loaded.

    `since` is the time in seconds at which the first was loaded: what was changed later may have been read before.
    """

    def __init__(self, since: float) -> None:
        library = f"{sysconfig.get_path('stdlib')}/"
        others = f"{library}site-packages/"
        found = {module.__dict__.get("__file__") for module in tuple(sys.modules.values())}
        paths = {path for path in found if path and (not path.startswith(library) or path.startswith(others))}
        self._stamps = {path: _stamp(path) for path in (*paths, sys.executable)}
        self._usable = all(
            stamp is not None and stamp[3] < since * 1e9 and _is_safe(path)
            for path, stamp in self._stamps.items()
        )

    def unchanged(self) -> bool:
        """Whether every file is what it was; never for root where somebody else could change one."""
        return self._usable and all(_stamp(path) == stamp for path, stamp in self._stamps.items())


def _stamp(path: str) -> _Stamp | None:
    """Inode, size in bytes, and nanoseconds of the last change of the content and of anything; None if missing."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a thousand files at each call: half the time of Path.stat
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_safe(path: str) -> bool:
    """Whether root may run a file: nobody else may write it."""
    if os.geteuid() != 0:
        return True
    found = os.stat(path)  # noqa: PTH116
    others = found.st_mode & stat.S_IWOTH or (found.st_gid != 0 and found.st_mode & stat.S_IWGRP)
    return found.st_uid == 0 and not others
