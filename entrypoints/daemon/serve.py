"""The daemon from its start to its end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import grpc
import structlog

from adapters.buildkit.version import buildkitd_version
from adapters.containerd.channel import open_channel
from adapters.containerd.images.oci_archive import single_layer_image
from adapters.containerd.leftovers.finder import Places
from adapters.containerd.version import containerd_version
from adapters.cri.version import runtime_version
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.identity import SqliteIdentity
from application.ports.images import ImageStore
from domain.errors import Unavailable
from domain.image import ImageReference
from entrypoints.daemon import host, network
from entrypoints.daemon.callers import Callers
from entrypoints.daemon.embedded import configs
from entrypoints.daemon.embedded.layout import Layout
from entrypoints.daemon.embedded.supervision import Program, Supervised, nothing
from entrypoints.daemon.forward import Forward
from entrypoints.daemon.loops import handle_exits, handle_memory, logged, repair, rotate_logs
from entrypoints.daemon.name_server import NameServer, answering
from entrypoints.daemon.prepared_host import PreparedHost, prepare_host
from entrypoints.daemon.server import build_server, close, listen
from entrypoints.daemon.services.system import SystemFacts
from entrypoints.daemon.settings import Settings
from entrypoints.daemon.wiring import Daemon
from entrypoints.daemon.wiring.config import Config

_log = structlog.get_logger("daemon")
_READY_TIMEOUT = 60.0
_FORWARDED = ("/moby.buildkit.v1.",)


@asynccontextmanager
async def embedded(
    prepared: PreparedHost, *, builder: bool = True, before_runtime: Callable[[], Awaitable[None]] = nothing
) -> AsyncIterator[list[Supervised]]:
    """Run containerd, then buildkitd, for the time of the block, and end them in the opposite order.

    Programs that are configured as external are left out.
    """
    layout, settings = prepared.layout, prepared.layout.settings
    running: list[Supervised] = []
    async with AsyncExitStack() as stack:
        if not settings.runtime.address:
            await network.install_rules(prepared.bridge)
            address = layout.runtime_address
            running.append(await _supervise(stack, layout, "containerd", address, before_runtime))
        if builder and not settings.builder.address:
            running.append(await _supervise(stack, layout, "buildkitd", layout.builder_address))
        yield running


async def _supervise(
    stack: AsyncExitStack,
    layout: Layout,
    name: str,
    address: str,
    before: Callable[[], Awaitable[None]] = nothing,
) -> Supervised:
    async def ready() -> None:
        await _wait_until_ready(name, address)

    program = Program(
        name=name,
        command=(str(layout.binaries / name), "--config", str(layout.config / f"{name}.toml")),
        environment=configs.environment(layout),
        log=layout.logs / f"{name}.log",
        pid_file=layout.settings.state / f"{name}.pid",
        ready=ready,
        before=before,
    )
    supervised = Supervised(program)
    stack.push_async_callback(supervised.stop)
    await supervised.start()
    return supervised


async def _wait_until_ready(name: str, address: str) -> None:
    """Return when a service answers its version. Raises Unavailable after a minute."""
    ask = {"containerd": runtime_version, "buildkitd": buildkitd_version}[name]
    deadline = asyncio.get_running_loop().time() + _READY_TIMEOUT
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
async def wired(prepared: PreparedHost) -> AsyncIterator[Daemon]:
    """Open the database and the channels, and make the daemon's objects."""
    layout = prepared.layout
    async with AsyncExitStack() as stack:
        database = await Database.open(layout.database)
        stack.push_async_callback(database.aclose)
        runtime = await stack.enter_async_context(open_channel(layout.runtime_address))
        builder = await stack.enter_async_context(open_channel(layout.builder_address))
        yield Daemon(
            config=_config(prepared, await SqliteIdentity(database).instance()),
            database=database,
            runtime_channel=runtime,
            facts=_facts(prepared),
            versions=_versions(runtime, builder),
        )


def _config(prepared: PreparedHost, instance: str) -> Config:
    layout, settings = prepared.layout, prepared.layout.settings
    return Config(
        runtime_kind="external" if settings.runtime.address else "embedded",
        instance=instance,
        cgroup_parent=settings.runtime.cgroup_parent,
        portmap_handler=configs.RUNC_PORTMAP,
        snapshotter=prepared.snapshotter,
        sandbox_image=prepared.sandbox_image,
        plain_http=settings.registry.plain_http,
        hosts_folder=str(settings.registry.hosts_folder or ""),
        volumes_folder=str(layout.volumes),
        beyond_cri=settings.containers.beyond_cri,
        gateway=prepared.bridge.gateway,
        containerd_state=str(layout.containerd_state),
        mounts_folder=str(layout.mounts),
        seeds_folder=str(layout.seeds),
        hosts_files_folder=str(layout.hosts_files),
        execs_folder=str(layout.execs),
        gates_folder=str(layout.gates),
        init_program=str(layout.init),
        keeper_program=str(layout.keeper),
        keeper_commands=str(layout.keeper_commands),
        logs_library=str(layout.logs_library),
        log_folder=str(settings.logs.folder),
        keep_logs_after_rm=settings.logs.keep_after_rm,
        log_size=settings.logs.max_size,
        log_files=settings.logs.max_files,
        restart_backoff=settings.containers.restart_backoff,
        resolv_conf=settings.network.resolv_conf,
        name_server=prepared.names.address if prepared.names else "",
        leftover_places=_leftover_places(layout),
    )


def _leftover_places(layout: Layout) -> Places:
    cgroup_parent = layout.settings.runtime.cgroup_parent
    if layout.settings.runtime.address:
        return Places(cgroup_parent)
    return Places(
        cgroup_parent=cgroup_parent,
        address=str(layout.containerd_socket),
        state=str(layout.containerd_state),
        cni_data=str(layout.cni_data),
        cni_config=str(layout.cni_config(network.PORTMAP)),
        cni_plugins=str(layout.plugins),
    )


def _versions(runtime: grpc.aio.Channel, builder: grpc.aio.Channel) -> dict[str, object]:
    return {
        "containerd": lambda: containerd_version(runtime),
        "buildkitd": lambda: buildkitd_version(builder),
    }


def _facts(prepared: PreparedHost) -> SystemFacts:
    layout, settings = prepared.layout, prepared.layout.settings
    return SystemFacts(
        root=str(settings.root),
        runtime_address=layout.runtime_address,
        builder_address=layout.builder_address,
        runtime_embedded=not settings.runtime.address,
        builder_embedded=not settings.builder.address,
        snapshotter=prepared.snapshotter,
        cgroup_version=host.cgroup_version(),
        bridge=prepared.bridge.name,
        gateway=prepared.bridge.gateway,
        bridge_cidr=prepared.bridge.cidr,
        warnings=prepared.warnings,
    )


async def import_sandbox_image(prepared: PreparedHost, images: ImageStore) -> None:
    """Import the image of pods to where CRI looks for it, so that no pod needs a registry."""
    runtime = prepared.layout.settings.runtime
    if runtime.address or runtime.bootstrap_skip:
        return
    if runtime.bootstrap_image is not None:
        archive = await asyncio.to_thread(runtime.bootstrap_image.read_bytes)
    else:
        pause = await asyncio.to_thread(prepared.layout.pause.read_bytes)
        archive = single_layer_image({"pause": (pause, 0o755)}, {"Entrypoint": ["/pause"]})
    await images.load(_whole(archive), ImageReference.parse(prepared.sandbox_image))


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def serve(settings: Settings) -> None:
    """Run the daemon until SIGTERM or SIGINT, also while it starts. Containers keep running when it ends."""
    stop = asyncio.Event()
    running = asyncio.create_task(_serve(settings, stop), name="daemon")

    def end() -> None:
        """End the daemon. A second signal has no effect: it would only disturb the orderly end."""
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
    async with (
        prepare_host(settings) as prepared,
        wired(prepared) as daemon,
        embedded(prepared, before_runtime=partial(_record_missed_exits, daemon)) as programs,
    ):
        await import_sandbox_image(prepared, daemon.image_store())
        await logged(daemon.restore_relays()(), "relay published ports")
        await logged(daemon.sweep_leftovers()(nothing_in_the_making=True), "sweep leftovers")
        await logged(daemon.abandoned().find_at_start(), "find abandoned containers")
        async with (
            open_channel(prepared.layout.builder_address) as builder,
            _names(prepared, daemon),
            asyncio.TaskGroup() as tasks,
        ):
            background = [tasks.create_task(program.keep(), name="supervision") for program in programs]
            watching = handle_exits(
                daemon.exit_events(),
                daemon.exits(),
                daemon.handle_exit(),
                daemon.reconcile(),
                daemon.plan_restart(),
            )
            background.append(tasks.create_task(watching, name="exits"))
            memory = handle_memory(daemon.exit_events(), daemon.handle_exit())
            background.append(tasks.create_task(memory, name="memory"))
            background.append(
                tasks.create_task(repair(daemon.reconcile(), daemon.sweep_leftovers()), name="repair")
            )
            background.append(tasks.create_task(daemon.background().run(), name="background"))
            background.append(tasks.create_task(daemon.events().run(), name="events"))
            background.append(tasks.create_task(rotate_logs(daemon.rotate_logs()), name="log rotation"))
            try:
                await _serve_api(settings, prepared.gid, daemon, Forward(_FORWARDED, builder), stop)
            finally:
                for task in background:
                    task.cancel()


async def _record_missed_exits(daemon: Daemon) -> None:
    """Record how containers ended while containerd was down.

    An exit that cannot be recorded stays unknown, which is no reason not to start containerd.
    """
    await logged(daemon.record_missed_exits()(), "record how containers ended")


@asynccontextmanager
async def _names(prepared: PreparedHost, daemon: Daemon) -> AsyncIterator[None]:
    if prepared.names is None:
        yield
        return
    server = NameServer(
        daemon.resolve_name(), daemon.resolve_address(), daemon.resolver(), prepared.names.address
    )
    async with answering(server, prepared.names):
        yield


async def _serve_api(
    settings: Settings, gid: int, daemon: Daemon, forward: Forward, stop: asyncio.Event
) -> None:
    callers = Callers()
    server = await build_server(
        daemon.container_service(),
        daemon.stream_service(),
        daemon.image_service(),
        daemon.volume_service(),
        daemon.event_service(),
        daemon.system_service(),
        forward,
        callers,
    )
    async with callers.admitted(settings.socket, uid=settings.socket_uid, gid=gid):
        await listen(server, settings.socket, uid=settings.socket_uid, gid=gid)
        _log.info("ready", address=settings.address, root=str(settings.root), pid=os.getpid())
        try:
            await stop.wait()  # set, too, when a library has swallowed the cancellation while we started
        finally:
            _log.info("stopping")
            await close(server, settings.socket)
