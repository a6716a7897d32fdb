"""Sockets of the daemon, as files."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import Conflict


def check_unused(path: Path) -> None:
    """Raise Conflict if a process listens on the socket; remove a socket that a dead daemon left."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as error:
            raise Conflict("socket", str(path), f"there is something else: {error.strerror}") from error
    raise Conflict("socket", str(path), "a daemon listens on it: stop that one, or choose another --address")


@contextmanager
def in_its_place(path: Path, *, uid: int, gid: int) -> Iterator[Path]:
    """Give a path to bind a socket at, which is moved to `path` at the end of the block.

    The path is in a folder that only root can enter, so that the socket is `0660 uid:gid` before another
    process can reach it.
    """
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o750)
        os.chown(path.parent, uid, gid)
    folder = path.parent / f".{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    hidden = folder / "s"
    try:
        yield hidden
        os.chown(hidden, uid, gid)
        hidden.chmod(0o660)
        hidden.rename(path)
    finally:
        shutil.rmtree(folder)
