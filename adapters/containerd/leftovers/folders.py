"""Bundles of containers, and what is mounted below folders."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from domain.errors import RuntimeFailed

_BUNDLES = Path("io.containerd.runtime.v2.task", "k8s.io")


def bundles(state: Path) -> list[Path]:
    """The folders of containerd's tasks; one that is being deleted has a dot before its id."""
    folder = state / _BUNDLES
    return sorted(folder.iterdir()) if folder.is_dir() else []


def remove(folder: Path) -> None:
    """Remove a folder, and nothing of what was mounted in it. Raises RuntimeFailed."""
    unmount_below(folder)
    if folder.is_dir():
        shutil.rmtree(folder)


def unmount_below(*folders: Path) -> None:
    """Unmount everything below the folders, innermost mounts first. Raises RuntimeFailed."""
    prefixes = tuple(f"{folder}/" for folder in folders)
    for point in reversed([point for point in _points() if point.startswith(prefixes)]):
        done = subprocess.run(["umount", "--lazy", point], capture_output=True, text=True, check=False)
        if done.returncode != 0 and point in _points():
            raise RuntimeFailed("umount", "reported", done.stderr.strip())


def _points() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line.split()[4].encode().decode("unicode_escape") for line in lines]
