"""The daemon from its start to its end."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc
import structlog

from adapters.buildkit.version import buildkitd_version
from adapters.containerd.channel import open_channel
from adapters.containerd.oci_archive import single_layer_image
from adapters.containerd.version import containerd_version
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.identity import SqliteIdentity
from application.ports.images import ImageStore
from domain.errors import PortInUse, Unavailable
from domain.image import ImageReference
from entrypoints.daemon import configs, host, network
from entrypoints.daemon.forward import Forward
from entrypoints.daemon.layout import Layout
from entrypoints.daemon.loops import rotate_logs, settle_exits
from entrypoints.daemon.name_server import Endpoint, NameServer, answering
from entrypoints.daemon.server import build_server, check_unused, close, listen
from entrypoints.daemon.services.system import SystemFacts
from entrypoints.daemon.settings import Settings
from entrypoints.daemon.supervision import Program, Supervised
from entrypoints.daemon.wiring import Daemon

_log = structlog.get_logger("daemon")
_READY_PATIENCE = 60.0
_FORWARDED = ("/moby.buildkit.v1.",)
_PAUSE_REPOSITORY = "k3c.io/pause"


@dataclass(frozen=True)
class Ground:
    """What everything else stands on: made by `prepare`, valid while its block lasts."""

    layout: Layout
    bridge: network.Bridge
    snapshotter: str
    sandbox_image: str
    warnings: tuple[str, ...]
    gid: int
    names: Endpoint | None  # where containers ask for names


@asynccontextmanager
async def prepare(settings: Settings) -> AsyncIterator[Ground]:
    """Check the machine, take the root folder, write the configuration.

    Raises PermissionDenied, Conflict, InvalidArgument, Unavailable, each with the way out.
    """
    host.check_root()
    layout = Layout(settings)
    gid = host.group_id(settings.group)
    layout.check_programs()
    with ExitStack() as stack:
        stack.callback(os.close, host.hold_lock(layout.lock))
        ground = await asyncio.to_thread(_ground, layout, gid)
        if ground.names is not None:
            stack.callback(ground.names.close)
        yield ground


def _ground(layout: Layout, gid: int) -> Ground:
    settings = layout.settings
    check_unused(settings.socket)
    settings.state.mkdir(parents=True, exist_ok=True)
    os.chown(settings.state, settings.socket_uid, gid)
    settings.state.chmod(0o750)
    for leftovers in (layout.gates, layout.execs, layout.hosts_files):
        shutil.rmtree(leftovers, ignore_errors=not leftovers.exists())
    bridge = network.Bridge("", "")
    if not settings.runtime.address:
        remembered = settings.root / "bridge-cidr"
        wanted = settings.network.bridge_cidr
        name = settings.network.bridge_name
        if settings.network.cni_netconf is not None:
            bridge = network.Bridge(name, wanted)
        else:
            bridge = network.choose(name, wanted, remembered, network.host_routes(besides=name))
    names, name_warnings = _name_endpoint(bridge)
    snapshotter, warnings = _snapshotter(layout)
    sandbox_image = settings.runtime.sandbox_image or _pause_reference(layout)
    configs.write_all(
        layout,
        bridge,
        snapshotter,
        sandbox_image=sandbox_image,
        restrict_oom=not host.has_sys_resource(),
        name_server=names.address if names else "",
    )
    return Ground(layout, bridge, snapshotter, sandbox_image, (*warnings, *name_warnings), gid, names)


def _name_endpoint(bridge: network.Bridge) -> tuple[Endpoint | None, tuple[str, ...]]:
    """Take the name server's port on the bridge; where another program holds it, do without."""
    if not bridge.gateway:
        return None, ()
    try:
        return Endpoint.bind(bridge.gateway), ()
    except OSError as error:
        warning = f"cannot serve names at {bridge.gateway}:53, so containers do not find each other by name: {error}"
        _log.warning(warning)
        return None, (warning,)


def _snapshotter(layout: Layout) -> tuple[str, tuple[str, ...]]:
    """The snapshotter as set, or overlayfs where it works, else native with a warning."""
    runtime = layout.settings.runtime
    if runtime.snapshotter:
        return runtime.snapshotter, ()
    if runtime.address or host.overlay_works(layout.settings.root):
        return "overlayfs", ()
    warning = f"overlayfs does not work on {layout.settings.root}: using the native snapshotter, which copies"
    _log.warning(warning)
    return "native", (warning,)


def _pause_reference(layout: Layout) -> str:
    """The sandbox image's name: of its own content, so that a new pause program is a new image."""
    if layout.settings.runtime.address:
        return ""
    digest = hashlib.sha256(layout.pause.read_bytes()).hexdigest()
    return f"{_PAUSE_REPOSITORY}:{digest[:12]}"


@asynccontextmanager
async def embedded(ground: Ground, *, builder: bool = True) -> AsyncIterator[list[Supervised]]:
    """Run containerd, then buildkitd; end them in the other order. Those set to be external are left out."""
    layout, settings = ground.layout, ground.layout.settings
    running: list[Supervised] = []
    async with AsyncExitStack() as stack:
        if not settings.runtime.address:
            await network.install_rules(ground.bridge)
            running.append(await _supervise(stack, layout, "containerd", layout.runtime_address))
        if builder and not settings.builder.address:
            running.append(await _supervise(stack, layout, "buildkitd", layout.builder_address))
        yield running


async def _supervise(stack: AsyncExitStack, layout: Layout, name: str, address: str) -> Supervised:
    async def ready() -> None:
        await _answers(name, address)

    program = Program(
        name=name,
        command=(str(layout.binaries / name), "--config", str(layout.config / f"{name}.toml")),
        environment=configs.environment(layout),
        log=layout.logs / f"{name}.log",
        pid_file=layout.settings.state / f"{name}.pid",
        ready=ready,
    )
    supervised = Supervised(program)
    stack.push_async_callback(supervised.stop)
    await supervised.start()
    return supervised


async def _answers(name: str, address: str) -> None:
    """Return when a service answers a real question. Raises Unavailable after a minute."""
    ask = {"containerd": containerd_version, "buildkitd": buildkitd_version}[name]
    deadline = asyncio.get_running_loop().time() + _READY_PATIENCE
    async with open_channel(address) as channel:
        while True:
            try:
                await ask(channel)
            except Unavailable:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.02)
            else:
                return


@asynccontextmanager
async def wired(ground: Ground) -> AsyncIterator[Daemon]:
    """Open the database and the channels, and wire everything up."""
    layout, settings = ground.layout, ground.layout.settings
    async with AsyncExitStack() as stack:
        database = await Database.open(layout.database)
        stack.push_async_callback(database.aclose)
        runtime = await stack.enter_async_context(open_channel(layout.runtime_address))
        builder = await stack.enter_async_context(open_channel(layout.builder_address))
        yield Daemon(
            config={
                "runtime_kind": "external" if settings.runtime.address else "embedded",
                "instance": await SqliteIdentity(database).instance(),
                "cgroup_parent": settings.runtime.cgroup_parent,
                "portmap_handler": configs.RUNC_PORTMAP,
                "snapshotter": ground.snapshotter,
                "sandbox_image": ground.sandbox_image,
                "plain_http": settings.registry.plain_http,
                "hosts_folder": str(settings.registry.hosts_folder or ""),
                "volumes_folder": str(layout.volumes),
                "beyond_cri": settings.containers.beyond_cri,
                "gateway": ground.bridge.gateway,
                "looks_folder": str(layout.looks),
                "hosts_files_folder": str(layout.hosts_files),
                "execs_folder": str(layout.execs),
                "gates_folder": str(layout.gates),
                "init_program": str(layout.init),
                "log_folder": str(settings.logs.folder),
                "keep_logs_after_rm": settings.logs.keep_after_rm,
                "log_size": settings.logs.max_size,
                "log_files": settings.logs.max_files,
                "restart_backoff": settings.containers.restart_backoff,
                "resolv_conf": settings.network.resolv_conf,
                "name_server": ground.names.address if ground.names else "",
            },
            database=database,
            runtime_channel=runtime,
            facts=_facts(ground),
            versions=_versions(runtime, builder),
        )


def _versions(runtime: grpc.aio.Channel, builder: grpc.aio.Channel) -> dict[str, object]:
    return {
        "containerd": lambda: containerd_version(runtime),
        "buildkitd": lambda: buildkitd_version(builder),
    }


def _facts(ground: Ground) -> SystemFacts:
    layout, settings = ground.layout, ground.layout.settings
    return SystemFacts(
        root=str(settings.root),
        runtime_address=layout.runtime_address,
        builder_address=layout.builder_address,
        runtime_embedded=not settings.runtime.address,
        builder_embedded=not settings.builder.address,
        snapshotter=ground.snapshotter,
        cgroup_version=host.cgroup_version(),
        bridge=ground.bridge.name,
        gateway=ground.bridge.gateway,
        bridge_cidr=ground.bridge.cidr,
        warnings=ground.warnings,
    )


async def import_sandbox_image(ground: Ground, images: ImageStore) -> None:
    """Put the pods' image where CRI looks for it, so that no pod needs a registry."""
    runtime = ground.layout.settings.runtime
    if runtime.address or runtime.bootstrap_skip:
        return
    if runtime.bootstrap_image is not None:
        archive = await asyncio.to_thread(runtime.bootstrap_image.read_bytes)
    else:
        pause = await asyncio.to_thread(ground.layout.pause.read_bytes)
        archive = single_layer_image({"pause": (pause, 0o755)}, {"Entrypoint": ["/pause"]})
    await images.load(_whole(archive), ImageReference.parse(ground.sandbox_image))


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def serve(settings: Settings) -> None:
    """Run the daemon until SIGTERM or SIGINT, also while it starts. Containers go on living when it ends."""
    stop = asyncio.Event()
    running = asyncio.create_task(_serve(settings, stop), name="daemon")

    def end() -> None:
        """End it; impatience while it ends would only keep it from doing so in order."""
        if not stop.is_set():
            stop.set()
            running.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    try:
        await running
    except asyncio.CancelledError:
        if not running.cancelled():
            raise
    _log.info("stopped")


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    async with prepare(settings) as ground, embedded(ground) as programs, wired(ground) as daemon:
        await import_sandbox_image(ground, daemon.image_store())
        await _restore_relays(daemon)
        async with (
            open_channel(ground.layout.builder_address) as builder,
            _names(ground, daemon),
            asyncio.TaskGroup() as tasks,
        ):
            background = [tasks.create_task(program.keep(), name="supervision") for program in programs]
            watching = settle_exits(
                daemon.exit_events(),
                daemon.exits(),
                daemon.settle(),
                daemon.reconcile(),
                daemon.plan_restart(),
            )
            background.append(tasks.create_task(watching, name="exits"))
            background.append(tasks.create_task(daemon.background().run(), name="background"))
            background.append(tasks.create_task(daemon.events().run(), name="events"))
            background.append(tasks.create_task(rotate_logs(daemon.rotate_logs()), name="log rotation"))
            try:
                await _answer(settings, ground.gid, daemon, Forward(_FORWARDED, builder), stop)
            finally:
                for task in background:
                    task.cancel()


async def _restore_relays(daemon: Daemon) -> None:
    try:
        await daemon.restore_relays()()
    except PortInUse as error:
        _log.warning("a published port was taken while the daemon was away", problem=str(error))


@asynccontextmanager
async def _names(ground: Ground, daemon: Daemon) -> AsyncIterator[None]:
    if ground.names is None:
        yield
        return
    server = NameServer(
        daemon.resolve_name(), daemon.resolve_address(), daemon.resolver(), ground.names.address
    )
    async with answering(server, ground.names):
        yield


async def _answer(
    settings: Settings, gid: int, daemon: Daemon, forward: Forward, stop: asyncio.Event
) -> None:
    server = await build_server(
        daemon.container_service(),
        daemon.lifecycle_service(),
        daemon.image_service(),
        daemon.volume_service(),
        daemon.stream_service(),
        daemon.look_service(),
        daemon.event_service(),
        daemon.system_service(),
        forward,
    )
    await listen(server, settings.socket, uid=settings.socket_uid, gid=gid)
    _log.info("ready", address=settings.address, root=str(settings.root), pid=os.getpid())
    try:
        await stop.wait()  # set, too, when a library has swallowed the cancellation while we started
    finally:
        _log.info("stopping")
        await close(server, settings.socket)
