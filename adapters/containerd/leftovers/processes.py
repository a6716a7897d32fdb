"""Shims, and the network namespaces that processes are in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Conflict

_PROC = Path("/proc")
_SHIM = "containerd-shim"
_END_TIMEOUT = 10.0  # seconds


@dataclass(frozen=True)
class Shim:
    """A shim of one containerd: `id` is what it was started for, `namespace` whose containers it keeps."""

    pid: int
    namespace: str
    id: str
    has_children: bool


def start_time(pid: int) -> int | None:
    """The start of a process in clock ticks since boot; None if the process is gone.

    The pid and the start together identify a process.
    """
    fields = _stat(pid)
    return None if not fields or fields[0] in "ZX" else int(fields[19])


def shims(address: str) -> list[Shim]:
    """The shims of the containerd with this address."""
    parents, found = set(), []
    for pid in _all():
        if fields := _stat(pid):
            parents.add(int(fields[1]))
        arguments = _arguments(pid)
        if _SHIM in arguments[0] and address in arguments:
            found.append((pid, _after(arguments, "-namespace"), _after(arguments, "-id")))
    return [Shim(pid, namespace, id_, pid in parents) for pid, namespace, id_ in found]


def _after(arguments: list[str], flag: str) -> str:
    """The argument behind a flag, "" where the flag is not there."""
    at = arguments.index(flag) + 1 if flag in arguments else len(arguments)
    return arguments[at] if at < len(arguments) else ""


def network_namespaces() -> frozenset[int]:
    """The inodes of the network namespaces that processes are in."""
    found = set()
    for pid in _all():
        with suppress(OSError):  # the process has ended
            found.add((_PROC / str(pid) / "ns" / "net").stat().st_ino)
    return frozenset(found)


def end(pid: int) -> None:
    """End a process, by force if need be. Raises Conflict if it does not end."""
    started = start_time(pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if started is None or start_time(pid) != started:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _END_TIMEOUT
        while start_time(pid) == started and time.monotonic() < deadline:
            time.sleep(0.02)
    if start_time(pid) == started:
        raise Conflict("process", str(pid), "does-not-end")


def _all() -> Iterator[int]:
    return (int(path.name) for path in _PROC.iterdir() if path.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields of stat(5) after the command's name: state, parent, and so on; none if the process is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _arguments(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return [""]
