"""The machine as the daemon needs it: checked, the root folder locked, the configuration written."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from domain.errors import RuntimeFailed
from entrypoints.api.callers import callers_socket
from entrypoints.daemon import host, network
from entrypoints.daemon.embedded import configs
from entrypoints.daemon.embedded.layout import Layout
from entrypoints.daemon.name_server import Endpoint
from entrypoints.daemon.settings import Settings
from entrypoints.daemon.sockets import check_unused

_log = structlog.get_logger("daemon")
_PAUSE_REPOSITORY = "k3c.io/pause"


@dataclass(frozen=True)
class PreparedHost:
    """What `prepare_host` found out and set up, valid while its block lasts."""

    layout: Layout
    bridge: network.Bridge
    snapshotter: str
    sandbox_image: str
    warnings: tuple[str, ...]
    gid: int
    names: Endpoint | None  # where containers ask for names; None where names cannot be served


@asynccontextmanager
async def prepare_host(settings: Settings) -> AsyncIterator[PreparedHost]:
    """Check the machine, lock the root folder and write the configuration, for the time of the block.

    Raises PermissionDenied, Conflict, InvalidArgument, Unavailable, each with the way out, and RuntimeFailed
    with what the file system says.
    """
    host.check_root()
    layout = Layout(settings)
    gid = host.group_id(settings.group)
    layout.check_programs()
    with ExitStack() as stack:
        try:
            stack.callback(os.close, host.hold_lock(layout.lock))
            prepared = await asyncio.to_thread(_prepare, layout, gid)
        except OSError as error:
            raise RuntimeFailed("host files", f"{error.filename}: {error.strerror}") from error
        if prepared.names is not None:
            stack.callback(prepared.names.close)
        yield prepared


def _prepare(layout: Layout, gid: int) -> PreparedHost:
    settings = layout.settings
    check_unused(settings.socket)
    check_unused(callers_socket(settings.socket))
    settings.state.mkdir(parents=True, exist_ok=True)
    os.chown(settings.state, settings.socket_uid, gid)
    settings.state.chmod(0o750)
    for leftovers in (layout.gates, layout.execs, layout.hosts_files):
        shutil.rmtree(leftovers, ignore_errors=not leftovers.exists())
    bridge = network.Bridge("", "")
    if not settings.runtime.address:
        host.check_cgroup_parent(settings.runtime.cgroup_parent)
        remembered = settings.root / "bridge-cidr"
        wanted = settings.network.bridge_cidr
        name = settings.network.bridge_name
        if settings.network.cni_netconf is not None:
            bridge = network.Bridge(name, wanted)
        else:
            bridge = network.choose(name, wanted, remembered, network.host_routes(besides=name))
    names, name_warnings = _name_endpoint(bridge)
    snapshotter, snapshotter_warnings = _snapshotter(layout)
    sandbox_image = settings.runtime.sandbox_image or _pause_reference(layout)
    configs.write_all(
        layout,
        bridge,
        snapshotter,
        sandbox_image=sandbox_image,
        restrict_oom=not host.has_sys_resource(),
        name_server=names.address if names else "",
    )
    warnings = (*snapshotter_warnings, *name_warnings, *_swap_warnings(settings))
    return PreparedHost(layout, bridge, snapshotter, sandbox_image, warnings, gid, names)


def _name_endpoint(bridge: network.Bridge) -> tuple[Endpoint | None, tuple[str, ...]]:
    """Take the name server's port on the bridge; None and a warning where another program holds it."""
    if not bridge.gateway:
        return None, ()
    try:
        return Endpoint.bind(bridge.gateway), ()
    except OSError as error:
        warning = f"cannot serve names at {bridge.gateway}:53, so containers do not find each other by name: {error}"
        _log.warning(warning)
        return None, (warning,)


def _snapshotter(layout: Layout) -> tuple[str, tuple[str, ...]]:
    """Choose the snapshotter of the settings, or overlayfs where it works, else native with a warning."""
    runtime = layout.settings.runtime
    if runtime.snapshotter:
        return runtime.snapshotter, ()
    if runtime.address or host.overlay_works(layout.settings.root):
        return "overlayfs", ()
    warning = f"overlayfs does not work on {layout.settings.root}: using the native snapshotter, which copies"
    _log.warning(warning)
    return "native", (warning,)


def _swap_warnings(settings: Settings) -> tuple[str, ...]:
    if settings.runtime.address or host.swap_limits_work():
        return ()
    warning = "--memory-swap is not applied: the daemon runs in a cgroup that has no limit of swap"
    _log.warning(warning)
    return (warning,)


def _pause_reference(layout: Layout) -> str:
    """Name the sandbox image by its content, so that a new pause program is a new image."""
    if layout.settings.runtime.address:
        return ""
    digest = hashlib.sha256(layout.pause.read_bytes()).hexdigest()
    return f"{_PAUSE_REPOSITORY}:{digest[:12]}"
