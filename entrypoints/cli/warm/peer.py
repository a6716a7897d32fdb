"""Who is on the other side of a connection, and whether its commands may be run by this process."""

from __future__ import annotations

import os
import socket
import struct

_CREDENTIALS = struct.Struct("=iII")  # struct ucred: pid, uid, gid
_LINES = (b"Uid:", b"Gid:", b"Groups:", b"Cap", b"NoNewPrivs:", b"Seccomp", b"Cpus_allowed:")
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")

Rights = tuple[object, ...]


def rights(process: str) -> Rights:
    """What a process may do and where it is: its children have it too.

    `process` is a pid or "self". Raises OSError for one that has gone, or that may do more than this one.
    """
    return (
        _lines(_read(process, "status"), *_LINES),
        [_namespace(process, name) for name in _NAMESPACES],
        _root(process),
        _read(process, "cgroup"),
        _read(process, "limits"),
    )


def may_call(connection: socket.socket, ours: Rights) -> bool:
    """Whether the process that has connected has the very rights of this one."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, gid = _CREDENTIALS.unpack(data)
    if (uid, gid) != (os.geteuid(), os.getegid()):
        return False
    try:
        return rights(str(pid)) == ours
    except OSError:
        return False


def _read(process: str, name: str) -> bytes:
    with open(f"/proc/{process}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
        return file.read(1 << 16)


def _root(process: str) -> tuple[object, ...]:
    """The root folder: which it is, and by which mount it is seen."""
    root = os.open(f"/proc/{process}/root", os.O_PATH)
    try:
        found = os.fstat(root)
        return found.st_dev, found.st_ino, _lines(_read("self", f"fdinfo/{root}"), b"mnt_id:")
    finally:
        os.close(root)


def _lines(text: bytes, *beginnings: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if line.startswith(beginnings)]


def _namespace(process: str, name: str) -> str:
    try:
        return os.readlink(f"/proc/{process}/ns/{name}")  # noqa: PTH115
    except FileNotFoundError:
        return ""  # a kernel without it
