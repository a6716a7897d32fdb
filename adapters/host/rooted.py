"""Opening files below a container's root, whatever links are in the way: openat2(2) with RESOLVE_IN_ROOT."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_SYS_OPENAT2 = 437  # on every architecture that Linux numbers alike since 5.1
_RESOLVE_IN_ROOT = 0x10
_RESOLVE_NO_MAGICLINKS = 0x02
_TRIES = 1000  # a few are enough; somebody who renames without end must not keep us for ever
_libc = ctypes.CDLL(None, use_errno=True)


def open_in_root(root: int, path: str, flags: int, mode: int = 0) -> int:
    """Open `path` as a process would whose root directory is open as `root`. Raises OSError.

    While anything is renamed or mounted on the machine, the kernel may answer EAGAIN for a path with `..` in it,
    since it cannot tell whether that stays below the root (openat2(2)); the call is then made once more.
    """
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, mode, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    for _ in range(_TRIES):
        opened = _libc.syscall(_SYS_OPENAT2, root, os.fsencode(path), how, len(how))
        if opened >= 0:
            return int(opened)
        number = ctypes.get_errno()
        if number != errno.EAGAIN:
            break
    raise OSError(number, os.strerror(number), path)


def read_in_root(root: int, path: str) -> bytes:
    """Return the content of a file below a root. Raises OSError."""
    with os.fdopen(open_in_root(root, path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        return file.read()
