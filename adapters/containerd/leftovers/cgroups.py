"""The cgroups below a parent: in every hierarchy of v1, in the single tree of v2."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from adapters.containerd.leftovers.processes import start_time
from domain.errors import Conflict

TOP = Path("/sys/fs/cgroup")
_END_TIMEOUT = 10.0  # seconds
_INTERVAL = 0.02


def folders(path: str, top: Path = TOP) -> list[Path]:
    """The folders of the cgroup with this path that exist.

    On v2, a cgroup of our name inside another cgroup is not ours.
    """
    unified = (top / "cgroup.controllers").exists()
    hierarchies = (top,) if unified else tuple(place for place in top.iterdir() if place.is_dir())
    found = (hierarchy / path.lstrip("/") for hierarchy in hierarchies)
    return [folder for folder in found if folder.is_dir()]


def end_processes(path: str, top: Path = TOP) -> None:
    """Kill all processes in a cgroup and below it, until there are none. Raises Conflict if one does not end."""
    deadline = time.monotonic() + _END_TIMEOUT
    while pids := _pids(folders(path, top)):
        if time.monotonic() > deadline:
            if alive := [pid for pid in pids if start_time(pid) is not None]:
                raise Conflict("process", str(min(alive)), "does-not-end")
            return  # they have ended, and their parents do not care
        for folder in folders(path, top):
            _thaw(folder)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_INTERVAL)


def remove(path: str, top: Path = TOP) -> list[tuple[Path, str]]:
    """Remove the empty cgroups, innermost first; what cannot be removed is returned with the reason."""
    kept = []
    for whole in folders(path, top):
        for folder, _, _ in os.walk(whole, topdown=False):
            try:
                Path(folder).rmdir()
            except FileNotFoundError:  # somebody else has removed it
                continue
            except OSError as error:
                kept.append((Path(folder), str(error.strerror)))
    return kept


def _pids(wholes: list[Path]) -> set[int]:
    pids: set[int] = set()
    for whole in wholes:
        for folder, _, files in os.walk(whole):
            if "cgroup.procs" in files:
                with suppress(
                    FileNotFoundError, OSError
                ):  # it is removed meanwhile, or has no list (threaded)
                    pids |= {int(line) for line in Path(folder, "cgroup.procs").read_text().split()}
    return pids - {0}


def _thaw(whole: Path) -> None:
    """Let frozen processes go on, which otherwise do not end on v1; each cgroup is thawed by itself."""
    for folder, _, files in os.walk(whole):
        for name, value in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
            if name in files:
                with suppress(FileNotFoundError):  # it is removed meanwhile
                    Path(folder, name).write_text(value)
