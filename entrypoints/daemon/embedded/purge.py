"""Removing k3c from a machine: everything that it made, and nothing else."""

from __future__ import annotations

import asyncio
import shutil

import structlog

from adapters.containerd.leftovers import cgroups, folders
from adapters.containerd.leftovers.processes import end, shims
from entrypoints.daemon import network
from entrypoints.daemon.embedded.layout import Layout
from entrypoints.daemon.prepared_host import PreparedHost, prepare_host
from entrypoints.daemon.serve import embedded, wired
from entrypoints.daemon.settings import Settings

_log = structlog.get_logger("purge")


async def purge(settings: Settings) -> None:
    """Remove this k3c's containers, then its processes, mounts, network, cgroups and folders.

    Raises what `prepare_host` raises, Conflict among it while the daemon runs.
    """
    if not settings.root.exists():
        return
    async with prepare_host(settings) as prepared:
        await _remove_containers(prepared)
        await asyncio.to_thread(_end_processes, prepared.layout)
        await asyncio.to_thread(folders.unmount_below, settings.root, settings.state)
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
        await daemon.unread_output().end()


def _end_processes(layout: Layout) -> None:
    """End what still runs: the shims of the embedded containerd, then all that is in k3c's cgroups."""
    runtime = layout.settings.runtime
    if not runtime.address:
        for shim in shims(str(layout.containerd_socket)):
            end(shim.pid)
    cgroups.end_processes(runtime.cgroup_parent)


def _remove_cgroups(parent: str) -> None:
    for folder, problem in cgroups.remove(parent):
        _log.warning("cgroup is still in use", path=str(folder), problem=problem)


def _remove_folders(settings: Settings) -> None:
    """Remove the state and root folders; the lock is removed with the root, last."""
    for folder in (settings.state, settings.root):
        shutil.rmtree(folder)
