"""Removing k3c from a machine: everything that it made, and nothing else."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path

import structlog

from domain.errors import Conflict
from entrypoints.daemon import host, network
from entrypoints.daemon.embedded.layout import Layout
from entrypoints.daemon.embedded.supervision import start_time
from entrypoints.daemon.prepared_host import PreparedHost, prepare_host
from entrypoints.daemon.serve import embedded, wired
from entrypoints.daemon.settings import Settings

_log = structlog.get_logger("purge")
_END_TIMEOUT = 10.0


async def purge(settings: Settings) -> None:
    """Remove this k3c's containers, then its processes, mounts, network, cgroups and folders.

    Raises what `prepare_host` raises, Conflict among it while the daemon runs.
    """
    if not settings.root.exists():
        return
    async with prepare_host(settings) as prepared:
        await _remove_containers(prepared)
        await asyncio.to_thread(_end_shims, prepared.layout)
        await asyncio.to_thread(_unmount_below, settings.root, settings.state)
        if prepared.bridge.name:
            await network.remove_rules(prepared.bridge)
            await network.remove_bridge(prepared.bridge)
        await asyncio.to_thread(_remove_cgroups, settings.runtime.cgroup_parent)
        await asyncio.to_thread(_remove_folders, settings)
    _log.info("purged", root=str(settings.root))


async def _remove_containers(prepared: PreparedHost) -> None:
    async with embedded(prepared, builder=False), wired(prepared) as daemon:
        for sandbox in await daemon.sandboxes().list():
            await daemon.sandboxes().remove(sandbox.id)
        for record in await daemon.container_store().list():
            for path in record.log_paths:
                await daemon.logs().remove(path)
        await daemon.kept_logs().clear()


def _end_shims(layout: Layout) -> None:
    """End the shims of the embedded containerd that still run, by their process ids."""
    if layout.settings.runtime.address:
        return
    address = str(layout.containerd_socket)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if "containerd-shim" in arguments[0] and address in arguments:
            _end(int(process.name))


def _end(pid: int) -> None:
    started = start_time(pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if started is None or start_time(pid) != started:
            return
        os.kill(pid, number)
        deadline = time.monotonic() + _END_TIMEOUT
        while start_time(pid) == started and time.monotonic() < deadline:
            time.sleep(0.02)
    raise Conflict("process", str(pid), "it does not end")


def _unmount_below(*folders: Path) -> None:
    """Unmount everything below the folders, innermost mounts first."""
    prefixes = tuple(f"{folder}/" for folder in folders)
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    for point in reversed([point for point in points if point.startswith(prefixes)]):
        _umount(point)


def _umount(point: str) -> None:
    import subprocess

    subprocess.run(["umount", "--lazy", point], check=True, capture_output=True)


def _remove_cgroups(parent: str, top: Path = Path("/sys/fs/cgroup")) -> None:
    """Remove the empty cgroups below `parent`: in every hierarchy of v1, in the single tree of v2.

    On v2, a cgroup of our name inside another cgroup is not ours.
    """
    unified = host.cgroup_version(top) == "v2"
    for place in (top,) if unified else tuple(path for path in top.iterdir() if path.is_dir()):
        ours = place / parent.lstrip("/")
        if not ours.is_dir():
            continue
        for folder, _, _ in os.walk(ours, topdown=False):
            try:
                Path(folder).rmdir()
            except OSError as error:
                _log.warning("cgroup is still in use", path=folder, problem=error.strerror)


def _remove_folders(settings: Settings) -> None:
    """Remove the state and root folders; the lock is removed with the root, last."""
    for folder in (settings.state, settings.root):
        shutil.rmtree(folder)
