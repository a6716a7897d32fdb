"""What is made of what. No logic: values come in from `serve`, adapters are picked by `runtime_kind`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import grpc
from dependency_injector import containers, providers

from adapters.containerd.images.registry import ContainerdImageRegistry
from adapters.containerd.images.store import ContainerdImageStore
from adapters.containerd.snapshots.container_roots import ContainerdContainerRoots
from adapters.containerd.snapshots.image_roots import ContainerdImageRoots
from adapters.containerd.snapshots.seeds import OverlaySeeds
from adapters.containerd.tasks.execs import ContainerdExecs
from adapters.containerd.tasks.exits import ContainerdExits
from adapters.containerd.tasks.pauses import ContainerdPauses
from adapters.containerd.tasks.pids import ContainerdPids
from adapters.containerd.tasks.shims import ShimExits
from adapters.containerd.tasks.signals import ContainerdProcessSignals
from adapters.containerd.tasks.specs import ContainerdSpecs
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.log_writers import CriLogWriters
from adapters.cri.probes import CriContainerProbes
from adapters.cri.resources import CriContainerResources
from adapters.cri.sandboxes import CriSandboxRuntime
from adapters.cri.specs import CriSpecs
from adapters.cri.streaming.streams import CriContainerStreams, CriExecs
from adapters.host.accounts import ContainerAccounts
from adapters.host.fast_records import fast_whole_lines
from adapters.host.files import LinuxHostFiles
from adapters.host.gates import HostGates
from adapters.host.hosts_files import LinuxHostsFiles
from adapters.host.logs import CriContainerLogs, LinuxKeptLogs
from adapters.host.ports import LinuxHostPorts
from adapters.host.processes import LinuxHostProcesses
from adapters.host.relays import TcpPortRelays
from adapters.host.resolver import LinuxHostResolver
from adapters.host.rooted_files import LinuxRootedFiles
from adapters.sqlite_state.changes import SqliteContainerChanges
from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.events import SqliteEventStore
from adapters.sqlite_state.volumes import SqliteVolumeStore
from application.lifecycle.attempt_requests import Furnishing
from application.lifecycle.await_health import AwaitHealth
from application.lifecycle.discard import DiscardContainer
from application.lifecycle.exits import Exits
from application.lifecycle.gated_start import GatedStart
from application.lifecycle.handle_exit import SettleExit
from application.lifecycle.health import HealthWatch
from application.lifecycle.lookup import Containers
from application.lifecycle.missed_exits import RecordedExits, RecordMissedExits
from application.lifecycle.names import ChooseDns, ResolveAddress, ResolveName
from application.lifecycle.published_ports import Publishing
from application.lifecycle.reconcile import Reconcile
from application.lifecycle.relayed_sandboxes import RelayedSandboxes, RestoreRelays
from application.lifecycle.restart_policy import PlanRestart
from application.lifecycle.rotate_logs import RotateLogs
from application.lifecycle.seeding import Seeding
from application.lifecycle.stream_until_exit import StayWithContainer
from application.support.background import Background
from application.support.events import Events
from application.support.locks import ContainerLocks
from application.use_cases.container.attach import AttachContainer
from application.use_cases.container.cp import ContainerFiles
from application.use_cases.container.create import CreateContainer
from application.use_cases.container.exec import ExecCommand
from application.use_cases.container.inspect import InspectThings, MeasureContainer
from application.use_cases.container.kill import KillContainer
from application.use_cases.container.logs import FetchLogs, FollowOutput
from application.use_cases.container.pause import PauseContainer
from application.use_cases.container.ps import ListContainers
from application.use_cases.container.rename import RenameContainer
from application.use_cases.container.restart import RestartContainer
from application.use_cases.container.rm import RemoveContainer
from application.use_cases.container.run import RunContainer
from application.use_cases.container.start import StartContainer
from application.use_cases.container.start_attached import StartAttached
from application.use_cases.container.stats import WatchUsage
from application.use_cases.container.stop import StopContainer
from application.use_cases.container.top import ShowProcesses
from application.use_cases.container.update import UpdateContainer
from application.use_cases.container.wait import WaitContainer
from application.use_cases.image.images import ListImages
from application.use_cases.image.pull import PullImage
from application.use_cases.image.push import PushImage
from application.use_cases.image.rmi import RemoveImage
from application.use_cases.image.tag import TagImage
from application.use_cases.volume.clone import CloneVolume
from application.use_cases.volume.create import CreateVolume
from application.use_cases.volume.ls import ListVolumes
from application.use_cases.volume.rename import RenameVolume
from application.use_cases.volume.rm import RemoveVolume
from application.use_cases.volume.transfer import MoveVolume
from domain.restart import Backoff
from entrypoints.daemon.loops import failed
from entrypoints.daemon.services.container import ContainerService
from entrypoints.daemon.services.event import EventService
from entrypoints.daemon.services.image import ImageService
from entrypoints.daemon.services.stream import StreamService
from entrypoints.daemon.services.system import SystemFacts, SystemService
from entrypoints.daemon.services.volume import VolumeService


class Daemon(containers.DeclarativeContainer):
    """The daemon's objects. `config` holds plain values, the other dependencies are opened by `serve`."""

    config = providers.Configuration(strict=True)
    database: providers.Dependency[Database] = providers.Dependency()
    runtime_channel: providers.Dependency[grpc.aio.Channel] = providers.Dependency()
    facts: providers.Dependency[SystemFacts] = providers.Dependency()
    versions: providers.Dependency[dict[str, Callable[[], Awaitable[str]]]] = providers.Dependency()

    container_store = providers.Singleton(SqliteContainerStore, database)
    changes = providers.Singleton(SqliteContainerChanges, database)
    volume_store = providers.Singleton(SqliteVolumeStore, database)
    event_store = providers.Singleton(SqliteEventStore, database)
    events = providers.Singleton(Events, event_store, providers.Object(failed))

    relays = providers.Singleton(TcpPortRelays)
    pods = providers.Selector(
        config.runtime_kind,
        embedded=providers.Singleton(
            CriSandboxRuntime,
            runtime_channel,
            config.instance,
            cgroup_parent=config.cgroup_parent,
            portmap_handler=config.portmap_handler,
        ),
        external=providers.Singleton(
            CriSandboxRuntime, runtime_channel, config.instance, cgroup_parent=config.cgroup_parent
        ),
    )
    sandboxes = providers.Singleton(RelayedSandboxes, pods, relays)
    restore_relays = providers.Singleton(RestoreRelays, container_store, sandboxes, relays)
    lives = providers.Singleton(
        CriContainerRuntime, runtime_channel, config.instance, cgroup_parent=config.cgroup_parent
    )
    runtime = providers.Singleton(RecordedExits, lives, container_store)
    missed_exits = providers.Singleton(ShimExits, config.containerd_state)
    record_missed_exits = providers.Singleton(RecordMissedExits, container_store, changes, missed_exits)
    signals = providers.Singleton(ContainerdProcessSignals, runtime_channel)
    pauses = providers.Singleton(ContainerdPauses, runtime_channel)
    probes = providers.Singleton(CriContainerProbes, runtime_channel)
    resources = providers.Singleton(CriContainerResources, runtime_channel)
    exit_events = providers.Singleton(ContainerdExits, runtime_channel)
    image_store = providers.Singleton(ContainerdImageStore, runtime_channel, config.snapshotter)
    registry = providers.Singleton(
        ContainerdImageRegistry,
        runtime_channel,
        config.snapshotter,
        plain_http=config.plain_http,
        hosts_dir=config.hosts_folder,
    )
    streams = providers.Singleton(CriContainerStreams, runtime_channel)
    accounts = providers.Singleton(ContainerAccounts)
    execs = providers.Selector(
        config.beyond_cri,
        containerd=providers.Singleton(ContainerdExecs, runtime_channel, config.execs_folder, accounts),
        none=providers.Singleton(CriExecs, runtime_channel),
    )
    specs = providers.Selector(
        config.beyond_cri,
        containerd=providers.Singleton(ContainerdSpecs, runtime_channel),
        none=providers.Singleton(CriSpecs),
    )
    image_roots = providers.Singleton(
        ContainerdImageRoots, runtime_channel, config.snapshotter, config.mounts_folder
    )
    hosts_files = providers.Singleton(LinuxHostsFiles, config.hosts_files_folder)
    pids = providers.Singleton(ContainerdPids, runtime_channel)
    container_roots = providers.Singleton(ContainerdContainerRoots, runtime_channel, config.mounts_folder)
    processes_of_host = providers.Singleton(LinuxHostProcesses)
    rooted_files = providers.Singleton(LinuxRootedFiles)
    seeds = providers.Singleton(OverlaySeeds, image_roots, config.seeds_folder, config.mounts_folder)
    seeding = providers.Singleton(Seeding, seeds, container_roots, rooted_files)
    gates = providers.Singleton(HostGates, config.gates_folder, config.init_program)
    logs = providers.Singleton(CriContainerLogs, providers.Singleton(fast_whole_lines, config.logs_library))
    kept_logs = providers.Singleton(LinuxKeptLogs, config.log_folder, config.keep_logs_after_rm)
    ports = providers.Singleton(LinuxHostPorts)
    resolver = providers.Singleton(LinuxHostResolver, config.resolv_conf)
    files = providers.Singleton(LinuxHostFiles, config.volumes_folder)

    locks = providers.Singleton(ContainerLocks)
    exits = providers.Singleton(Exits, runtime)
    background = providers.Singleton(Background, providers.Object(failed))
    health = providers.Singleton(HealthWatch, probes, pauses, exits, background, events)
    publishing = providers.Singleton(Publishing, container_store, ports)
    lookup = providers.Singleton(Containers, container_store, runtime, pauses, health)

    choose_dns = providers.Singleton(ChooseDns, resolver, config.name_server)
    resolve_name = providers.Singleton(ResolveName, container_store, sandboxes)
    resolve_address = providers.Singleton(ResolveAddress, container_store, sandboxes)
    create = providers.Singleton(
        CreateContainer, image_store, container_store, volume_store, files, image_roots, accounts, events
    )
    furnishing = providers.Singleton(
        Furnishing, lookup, volume_store, sandboxes, specs, hosts_files, choose_dns, config.gateway
    )
    processes = providers.Singleton(GatedStart, runtime, gates, exits)
    start = providers.Singleton(
        StartContainer,
        lookup,
        container_store,
        changes,
        sandboxes,
        processes,
        logs,
        publishing,
        locks,
        exits,
        health,
        furnishing,
        seeding,
        config.log_folder,
        events,
    )
    remove = providers.Singleton(
        RemoveContainer,
        lookup,
        container_store,
        volume_store,
        files,
        sandboxes,
        logs,
        kept_logs,
        locks,
        pauses,
        signals,
        events,
        seeds,
    )
    discard = providers.Singleton(DiscardContainer, container_store, sandboxes, remove, locks, background)
    follow = providers.Singleton(FollowOutput, logs, exits)
    await_health = providers.Singleton(AwaitHealth, health, exits)
    stay = providers.Singleton(StayWithContainer, exits, discard)
    run = providers.Singleton(RunContainer, create, start, remove, stay, exits, await_health, publishing)
    attach = providers.Singleton(AttachContainer, lookup, stay, exits, events)
    start_attached = providers.Singleton(StartAttached, lookup, start, attach, stay, exits)
    exec_command = providers.Singleton(ExecCommand, lookup, execs, events)
    stop = providers.Singleton(StopContainer, lookup, container_store, runtime, pauses, locks, exits, events)
    kill = providers.Singleton(KillContainer, lookup, container_store, signals, pauses, events)
    pause = providers.Singleton(PauseContainer, lookup, pauses, locks, events)
    restart = providers.Singleton(RestartContainer, lookup, stop, start, locks, exits, events)
    wait = providers.Singleton(WaitContainer, lookup, exits)
    rename = providers.Singleton(RenameContainer, lookup, changes, locks, events)
    update = providers.Singleton(
        UpdateContainer, lookup, changes, resources, stop, start, locks, exits, events, publishing
    )
    backoff = providers.Singleton(Backoff, config.restart_backoff)
    plan_restart = providers.Singleton(PlanRestart, lookup, changes, start, locks, background, backoff)
    fetch_logs = providers.Singleton(FetchLogs, lookup, logs, follow, exits, locks, kept_logs)
    log_writers = providers.Singleton(CriLogWriters, runtime_channel)
    rotate_logs = providers.Singleton(
        RotateLogs, lookup, logs, log_writers, kept_logs, config.log_size, config.log_files
    )
    list_containers = providers.Singleton(ListContainers, lookup)
    settle = providers.Singleton(
        SettleExit, lookup, container_store, sandboxes, discard, plan_restart, locks, exits, events
    )
    reconcile = providers.Singleton(
        Reconcile, container_store, sandboxes, runtime, remove, settle, locks, health
    )

    measure = providers.Singleton(MeasureContainer, container_roots)
    inspect = providers.Singleton(InspectThings, lookup, image_store, volume_store, sandboxes, pids, measure)
    container_service = providers.Singleton(
        ContainerService,
        create=create,
        run=run,
        start=start,
        stop=stop,
        kill=kill,
        restart=restart,
        wait=wait,
        pause=pause,
        rename=rename,
        update=update,
        remove=remove,
        list_all=list_containers,
        sizes=measure,
        inspect=inspect,
        logs=fetch_logs,
        processes=providers.Singleton(ShowProcesses, lookup, pids, processes_of_host),
        usage=providers.Singleton(WatchUsage, lookup, pids, processes_of_host),
        facts=facts,
        files=providers.Singleton(
            ContainerFiles, lookup, volume_store, container_roots, image_roots, rooted_files, seeds, locks
        ),
    )
    stream_service = providers.Singleton(
        StreamService, run=run, start=start_attached, attach=attach, exec_=exec_command, streams=streams
    )
    event_service = providers.Singleton(EventService, events=events)
    image_service = providers.Singleton(
        ImageService,
        list_all=providers.Singleton(ListImages, image_store, config.sandbox_image),
        inspect=inspect,
        pull=providers.Singleton(PullImage, image_store, registry, events),
        push=providers.Singleton(PushImage, image_store, registry, events),
        tag=providers.Singleton(TagImage, image_store, events),
        remove=providers.Singleton(RemoveImage, image_store, container_store, events),
    )
    create_volume = providers.Singleton(CreateVolume, volume_store, files, events)
    volume_service = providers.Singleton(
        VolumeService,
        list_all=providers.Singleton(ListVolumes, volume_store),
        create=create_volume,
        remove=providers.Singleton(RemoveVolume, volume_store, files, events),
        rename=providers.Singleton(RenameVolume, volume_store, files, events),
        clone=providers.Singleton(CloneVolume, volume_store, files, create_volume),
        move=providers.Singleton(MoveVolume, volume_store, files, create_volume, rooted_files),
    )
    system_service = providers.Singleton(
        SystemService, facts=facts, containers=lookup, images=image_store, versions=versions
    )
