"""What this machine allows, found out by trying and not assumed."""

from __future__ import annotations

import fcntl
import grp
import os
import subprocess
import tempfile
from pathlib import Path

from domain.errors import Conflict, InvalidArgument, PermissionDenied

_CAP_SYS_RESOURCE = 24


def check_root() -> None:
    """Raise PermissionDenied unless the daemon runs as root."""
    if os.geteuid() != 0:
        raise PermissionDenied("the daemon", "root")


def group_id(group: str) -> int:
    """Return the number of a group that is given by name or number. Raises InvalidArgument."""
    if group.isdigit():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise InvalidArgument("setting", "group", f"there is no group {group!r} on this machine") from error


def hold_lock(path: Path) -> int:
    """Lock the root folder for this daemon; closing the returned descriptor releases the lock.

    Raises Conflict, naming the process that holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(lock, 32).decode() or "unknown"
        os.close(lock)
        problem = f"another daemon (pid {holder}) uses it: stop that one, or choose another --root"
        raise Conflict("root folder", str(path.parent), problem) from error
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return lock


def has_sys_resource() -> bool:
    """Return whether this process may raise limits. Without that right, OOM scores cannot be lowered."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_SYS_RESOURCE & 1)
    return False


def cgroup_version(cgroup: Path = Path("/sys/fs/cgroup")) -> str:
    """Return `v2`, `hybrid` (v1 with a unified tree beside it) or `v1`."""
    if (cgroup / "cgroup.controllers").exists():
        return "v2"
    return "hybrid" if (cgroup / "unified").is_dir() else "v1"


def check_cgroup_parent(parent: str, cgroup: Path = Path("/sys/fs/cgroup")) -> None:
    """Raise InvalidArgument where cgroup v2 does not let any container be below `parent`.

    A cgroup that holds processes cannot give limits to its children. Only the machine's root cgroup can,
    and it alone has no cgroup.type.
    """
    if cgroup_version(cgroup) != "v2":
        return
    place = cgroup / parent.lstrip("/")
    for folder in (place, *place.parents[: len(place.relative_to(cgroup).parts)]):
        if (folder / "cgroup.type").exists() and (folder / "cgroup.procs").read_text():
            problem = f"no container can be below {folder}, which has processes of its own: choose another"
            raise InvalidArgument("setting", "runtime.cgroup_parent", problem)


def swap_limits_work(cgroup: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> bool:
    """Return whether containerd applies limits of swap.

    On cgroup v2 containerd looks for the swap controller in the cgroup that it runs in. The machine's root
    cgroup, and a cgroup without the memory controller, do not have it.
    """
    if cgroup_version(cgroup) != "v2":
        return True
    (line,) = own.read_text().splitlines()  # 0::/system.slice/k3c.service
    return (cgroup / line.removeprefix("0::/") / "memory.swap.max").exists()


def overlay_works(folder: Path) -> bool:
    """Return whether an overlay can be mounted on the file system of `folder`, by mounting one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="overlay-", dir=folder) as scratch:
        parts = {name: Path(scratch, name) for name in ("lower", "upper", "work", "merged")}
        for part in parts.values():
            part.mkdir()
        options = f"lowerdir={parts['lower']},upperdir={parts['upper']},workdir={parts['work']}"
        command = ["mount", "-t", "overlay", "overlay", "-o", options, str(parts["merged"])]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return False
        subprocess.run(["umount", str(parts["merged"])], check=True, capture_output=True)
        return True
