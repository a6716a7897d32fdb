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
from application.lifecycle.attempt_requests import AttemptRequests
from application.lifecycle.await_health import AwaitHealth
from application.lifecycle.discard import DiscardContainer
from application.lifecycle.exits import Exits
from application.lifecycle.forget_container import ForgetContainer
from application.lifecycle.gated_start import GatedStart
from application.lifecycle.handle_exit import HandleExit
from application.lifecycle.health import HealthWatch
from application.lifecycle.lookup import Containers
from application.lifecycle.make_attempt import MakeAttempt
from application.lifecycle.missed_exits import RecordedExits, RecordMissedExits
from application.lifecycle.names import ChooseDns, ResolveAddress, ResolveName
from application.lifecycle.published_ports import PublishedPorts
from application.lifecycle.reconcile import Reconcile
from application.lifecycle.relayed_sandboxes import RelayedSandboxes, RestoreRelays
from application.lifecycle.restart_policy import PlanRestart
from application.lifecycle.rotate_logs import RotateLogs
from application.lifecycle.seeding import Seeding
from application.lifecycle.start_attempt import StartAttempt
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.support.background import Background
from application.support.events import Events
from application.support.locks import ContainerLocks
from application.use_cases.container.attach import AttachContainer
from application.use_cases.container.cp import ContainerFiles
from application.use_cases.container.create import CreateContainer
from application.use_cases.container.exec import ExecCommand
from application.use_cases.container.inspect import InspectContainer, MeasureContainer
from application.use_cases.container.kill import KillContainer
from application.use_cases.container.logs import FetchLogs
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
from application.use_cases.image.inspect import InspectImage
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
from entrypoints.daemon.config import Config
from entrypoints.daemon.loops import failed
from entrypoints.daemon.services.container import ContainerService
from entrypoints.daemon.services.event import EventService
from entrypoints.daemon.services.image import ImageService
from entrypoints.daemon.services.stream import StreamService
from entrypoints.daemon.services.system import SystemFacts, SystemService
from entrypoints.daemon.services.volume import VolumeService


class Daemon(containers.DeclarativeContainer):
    """The daemon's objects. `serve` makes `config`, and opens the other dependencies."""

    config = providers.Dependency(instance_of=Config)
    database: providers.Dependency[Database] = providers.Dependency()
    runtime_channel: providers.Dependency[grpc.aio.Channel] = providers.Dependency()
    facts: providers.Dependency[SystemFacts] = providers.Dependency()
    versions: providers.Dependency[dict[str, Callable[[], Awaitable[str]]]] = providers.Dependency()

    container_store = providers.Singleton(SqliteContainerStore, database=database)
    changes = providers.Singleton(SqliteContainerChanges, database=database)
    volume_store = providers.Singleton(SqliteVolumeStore, database=database)
    event_store = providers.Singleton(SqliteEventStore, database=database)
    events = providers.Singleton(Events, event_store=event_store, failed=providers.Object(failed))

    relays = providers.Singleton(TcpPortRelays)
    pods = providers.Selector(
        config.provided.runtime_kind,
        embedded=providers.Singleton(
            CriSandboxRuntime,
            channel=runtime_channel,
            instance=config.provided.instance,
            cgroup_parent=config.provided.cgroup_parent,
            portmap_handler=config.provided.portmap_handler,
        ),
        external=providers.Singleton(
            CriSandboxRuntime,
            channel=runtime_channel,
            instance=config.provided.instance,
            cgroup_parent=config.provided.cgroup_parent,
        ),
    )
    sandboxes = providers.Singleton(RelayedSandboxes, pods=pods, relays=relays)
    restore_relays = providers.Singleton(
        RestoreRelays, container_store=container_store, sandboxes=sandboxes, relays=relays
    )
    cri_runtime = providers.Singleton(
        CriContainerRuntime,
        channel=runtime_channel,
        instance=config.provided.instance,
        cgroup_parent=config.provided.cgroup_parent,
    )
    runtime = providers.Singleton(RecordedExits, cri_runtime=cri_runtime, container_store=container_store)
    missed_exits = providers.Singleton(ShimExits, state=config.provided.containerd_state)
    record_missed_exits = providers.Singleton(
        RecordMissedExits, container_store=container_store, changes=changes, missed_exits=missed_exits
    )
    signals = providers.Singleton(ContainerdProcessSignals, channel=runtime_channel)
    pauses = providers.Singleton(ContainerdPauses, channel=runtime_channel)
    probes = providers.Singleton(CriContainerProbes, channel=runtime_channel)
    resources = providers.Singleton(CriContainerResources, channel=runtime_channel)
    exit_events = providers.Singleton(ContainerdExits, channel=runtime_channel)
    image_store = providers.Singleton(
        ContainerdImageStore, channel=runtime_channel, snapshotter=config.provided.snapshotter
    )
    registry = providers.Singleton(
        ContainerdImageRegistry,
        channel=runtime_channel,
        snapshotter=config.provided.snapshotter,
        plain_http=config.provided.plain_http,
        hosts_dir=config.provided.hosts_folder,
    )
    streams = providers.Singleton(CriContainerStreams, channel=runtime_channel)
    accounts = providers.Singleton(ContainerAccounts)
    execs = providers.Selector(
        config.provided.beyond_cri,
        containerd=providers.Singleton(
            ContainerdExecs, channel=runtime_channel, folder=config.provided.execs_folder, accounts=accounts
        ),
        none=providers.Singleton(CriExecs, channel=runtime_channel),
    )
    specs = providers.Selector(
        config.provided.beyond_cri,
        containerd=providers.Singleton(ContainerdSpecs, channel=runtime_channel),
        none=providers.Singleton(CriSpecs),
    )
    image_roots = providers.Singleton(
        ContainerdImageRoots,
        channel=runtime_channel,
        snapshotter=config.provided.snapshotter,
        folder=config.provided.mounts_folder,
    )
    hosts_files = providers.Singleton(LinuxHostsFiles, folder=config.provided.hosts_files_folder)
    pids = providers.Singleton(ContainerdPids, channel=runtime_channel)
    container_roots = providers.Singleton(
        ContainerdContainerRoots, channel=runtime_channel, folder=config.provided.mounts_folder
    )
    host_processes = providers.Singleton(LinuxHostProcesses)
    rooted_files = providers.Singleton(LinuxRootedFiles)
    seeds = providers.Singleton(
        OverlaySeeds,
        images=image_roots,
        folder=config.provided.seeds_folder,
        mounts=config.provided.mounts_folder,
    )
    seeding = providers.Singleton(
        Seeding, seeds=seeds, container_roots=container_roots, rooted_files=rooted_files
    )
    gates = providers.Singleton(
        HostGates, folder=config.provided.gates_folder, program=config.provided.init_program
    )
    logs = providers.Singleton(
        CriContainerLogs, lines=providers.Singleton(fast_whole_lines, library=config.provided.logs_library)
    )
    kept_logs = providers.Singleton(
        LinuxKeptLogs, root=config.provided.log_folder, seconds=config.provided.keep_logs_after_rm
    )
    ports = providers.Singleton(LinuxHostPorts)
    resolver = providers.Singleton(LinuxHostResolver, path=config.provided.resolv_conf)
    files = providers.Singleton(LinuxHostFiles, volumes_folder=config.provided.volumes_folder)

    locks = providers.Singleton(ContainerLocks)
    exits = providers.Singleton(Exits, runtime=runtime)
    background = providers.Singleton(Background, failed=providers.Object(failed))
    health = providers.Singleton(
        HealthWatch, probes=probes, pauses=pauses, exits=exits, background=background, events=events
    )
    published_ports = providers.Singleton(PublishedPorts, container_store=container_store, ports=ports)
    lookup = providers.Singleton(
        Containers, container_store=container_store, runtime=runtime, pauses=pauses, health=health
    )

    choose_dns = providers.Singleton(ChooseDns, resolver=resolver, server=config.provided.name_server)
    resolve_name = providers.Singleton(ResolveName, container_store=container_store, sandboxes=sandboxes)
    resolve_address = providers.Singleton(
        ResolveAddress, container_store=container_store, sandboxes=sandboxes
    )
    create_volume = providers.Singleton(CreateVolume, volume_store=volume_store, files=files, events=events)
    create = providers.Singleton(
        CreateContainer,
        image_store=image_store,
        container_store=container_store,
        volume_store=volume_store,
        files=files,
        image_roots=image_roots,
        accounts=accounts,
        create_volume=create_volume,
        events=events,
    )
    attempt_requests = providers.Singleton(
        AttemptRequests,
        containers=lookup,
        volume_store=volume_store,
        sandboxes=sandboxes,
        specs=specs,
        hosts_files=hosts_files,
        choose_dns=choose_dns,
        gateway=config.provided.gateway,
    )
    gated_start = providers.Singleton(GatedStart, runtime=runtime, gates=gates, exits=exits)
    make_attempt = providers.Singleton(
        MakeAttempt,
        container_store=container_store,
        sandboxes=sandboxes,
        gated_start=gated_start,
        logs=logs,
        published_ports=published_ports,
        attempt_requests=attempt_requests,
        seeding=seeding,
        log_root=config.provided.log_folder,
    )
    start_attempt = providers.Singleton(
        StartAttempt,
        changes=changes,
        sandboxes=sandboxes,
        make_attempt=make_attempt,
        health=health,
        exits=exits,
        events=events,
    )
    start = providers.Singleton(StartContainer, containers=lookup, start_attempt=start_attempt, locks=locks)
    forget = providers.Singleton(
        ForgetContainer,
        container_store=container_store,
        volume_store=volume_store,
        files=files,
        logs=logs,
        kept_logs=kept_logs,
        seeds=seeds,
        events=events,
    )
    remove = providers.Singleton(
        RemoveContainer,
        containers=lookup,
        sandboxes=sandboxes,
        forget=forget,
        pauses=pauses,
        signals=signals,
        locks=locks,
    )
    discard = providers.Singleton(
        DiscardContainer,
        container_store=container_store,
        sandboxes=sandboxes,
        forget=forget,
        locks=locks,
        background=background,
    )
    await_health = providers.Singleton(AwaitHealth, health=health, exits=exits)
    stream_until_exit = providers.Singleton(StreamUntilExit, exits=exits, discard=discard)
    run = providers.Singleton(
        RunContainer,
        create=create,
        start=start,
        remove=remove,
        stream_until_exit=stream_until_exit,
        exits=exits,
        await_health=await_health,
        published_ports=published_ports,
    )
    attach = providers.Singleton(
        AttachContainer, containers=lookup, stream_until_exit=stream_until_exit, exits=exits, events=events
    )
    start_attached = providers.Singleton(
        StartAttached,
        containers=lookup,
        start=start,
        attach=attach,
        stream_until_exit=stream_until_exit,
        exits=exits,
    )
    exec_command = providers.Singleton(ExecCommand, containers=lookup, execs=execs, events=events)
    backoff = providers.Singleton(Backoff, first=config.provided.restart_backoff)
    plan_restart = providers.Singleton(
        PlanRestart,
        containers=lookup,
        changes=changes,
        start_attempt=start_attempt,
        locks=locks,
        background=background,
        backoff=backoff,
    )
    handle_exit = providers.Singleton(
        HandleExit,
        containers=lookup,
        container_store=container_store,
        sandboxes=sandboxes,
        discard=discard,
        plan_restart=plan_restart,
        locks=locks,
        exits=exits,
        events=events,
    )
    stop = providers.Singleton(
        StopContainer,
        containers=lookup,
        container_store=container_store,
        runtime=runtime,
        pauses=pauses,
        locks=locks,
        exits=exits,
        events=events,
        handle_exit=handle_exit,
    )
    kill = providers.Singleton(
        KillContainer,
        containers=lookup,
        container_store=container_store,
        signals=signals,
        pauses=pauses,
        events=events,
    )
    pause = providers.Singleton(PauseContainer, containers=lookup, pauses=pauses, locks=locks, events=events)
    restart = providers.Singleton(
        RestartContainer,
        containers=lookup,
        stop=stop,
        start_attempt=start_attempt,
        locks=locks,
        exits=exits,
        events=events,
    )
    wait = providers.Singleton(WaitContainer, containers=lookup, exits=exits)
    rename = providers.Singleton(
        RenameContainer, containers=lookup, changes=changes, locks=locks, events=events
    )
    update = providers.Singleton(
        UpdateContainer,
        containers=lookup,
        changes=changes,
        resources=resources,
        stop=stop,
        start_attempt=start_attempt,
        locks=locks,
        exits=exits,
        events=events,
        published_ports=published_ports,
    )
    fetch_logs = providers.Singleton(
        FetchLogs, containers=lookup, logs=logs, exits=exits, locks=locks, kept_logs=kept_logs
    )
    log_writers = providers.Singleton(CriLogWriters, channel=runtime_channel)
    rotate_logs = providers.Singleton(
        RotateLogs,
        containers=lookup,
        logs=logs,
        log_writers=log_writers,
        kept_logs=kept_logs,
        largest=config.provided.log_size,
        files=config.provided.log_files,
    )
    list_containers = providers.Singleton(ListContainers, containers=lookup)
    reconcile = providers.Singleton(
        Reconcile,
        container_store=container_store,
        sandboxes=sandboxes,
        runtime=runtime,
        forget=forget,
        handle_exit=handle_exit,
        locks=locks,
        health=health,
    )

    measure = providers.Singleton(MeasureContainer, container_roots=container_roots)
    inspect_container = providers.Singleton(
        InspectContainer,
        containers=lookup,
        volume_store=volume_store,
        sandboxes=sandboxes,
        pids=pids,
        measure=measure,
    )
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
        inspect=inspect_container,
        logs=fetch_logs,
        processes=providers.Singleton(
            ShowProcesses, containers=lookup, pids=pids, host_processes=host_processes
        ),
        usage=providers.Singleton(WatchUsage, containers=lookup, pids=pids, host_processes=host_processes),
        facts=facts,
        files=providers.Singleton(
            ContainerFiles,
            containers=lookup,
            volume_store=volume_store,
            container_roots=container_roots,
            image_roots=image_roots,
            rooted_files=rooted_files,
            seeds=seeds,
            locks=locks,
        ),
    )
    stream_service = providers.Singleton(
        StreamService, run=run, start=start_attached, attach=attach, exec_=exec_command, streams=streams
    )
    event_service = providers.Singleton(EventService, events=events)
    image_service = providers.Singleton(
        ImageService,
        list_all=providers.Singleton(
            ListImages, image_store=image_store, sandbox_image=config.provided.sandbox_image
        ),
        inspect=providers.Singleton(InspectImage, image_store=image_store),
        pull=providers.Singleton(PullImage, image_store=image_store, registry=registry, events=events),
        push=providers.Singleton(PushImage, image_store=image_store, registry=registry, events=events),
        tag=providers.Singleton(TagImage, image_store=image_store, events=events),
        remove=providers.Singleton(
            RemoveImage, image_store=image_store, container_store=container_store, events=events
        ),
    )
    volume_service = providers.Singleton(
        VolumeService,
        list_all=providers.Singleton(ListVolumes, volume_store=volume_store),
        create=create_volume,
        remove=providers.Singleton(RemoveVolume, volume_store=volume_store, files=files, events=events),
        rename=providers.Singleton(RenameVolume, volume_store=volume_store, files=files, events=events),
        clone=providers.Singleton(
            CloneVolume, volume_store=volume_store, files=files, create_volume=create_volume
        ),
        move=providers.Singleton(
            MoveVolume,
            volume_store=volume_store,
            files=files,
            create_volume=create_volume,
            rooted_files=rooted_files,
        ),
    )
    system_service = providers.Singleton(
        SystemService, facts=facts, containers=lookup, images=image_store, versions=versions
    )
