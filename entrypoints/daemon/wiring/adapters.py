"""What is outside the daemon: an adapter for each port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import grpc
from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from adapters.containerd.images.registry import ContainerdImageRegistry
from adapters.containerd.images.store import ContainerdImageStore
from adapters.containerd.leftovers.finder import ContainerdLeftovers
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
from adapters.containerd.tasks.unread import ContainerdUnreadOutput
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
from adapters.host.oom_scores import LinuxOomScores
from adapters.host.ports import LinuxHostPorts
from adapters.host.processes import LinuxHostProcesses
from adapters.host.relays import TcpPortRelays
from adapters.host.resolver import LinuxHostResolver
from adapters.host.rooted_files import LinuxRootedFiles
from adapters.registries.hosts import HostsFolder
from adapters.registries.logins import HttpRegistryLogins
from adapters.sqlite_state.changes import SqliteContainerChanges
from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.events import SqliteEventStore
from adapters.sqlite_state.volumes import SqliteVolumeStore
from entrypoints.daemon.services.system import SystemFacts
from entrypoints.daemon.wiring.config import Config


class Adapters(DeclarativeContainer):
    """The adapters. `serve` makes `config`, and opens the other dependencies."""

    config = providers.Dependency(instance_of=Config)
    database: providers.Dependency[Database] = providers.Dependency()
    runtime_channel: providers.Dependency[grpc.aio.Channel] = providers.Dependency()
    facts: providers.Dependency[SystemFacts] = providers.Dependency()
    versions: providers.Dependency[dict[str, Callable[[], Awaitable[str]]]] = providers.Dependency()
    container_store = providers.Singleton(SqliteContainerStore, database=database)
    changes = providers.Singleton(SqliteContainerChanges, database=database)
    volume_store = providers.Singleton(SqliteVolumeStore, database=database)
    event_store = providers.Singleton(SqliteEventStore, database=database)
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
    cri_runtime = providers.Singleton(
        CriContainerRuntime,
        channel=runtime_channel,
        instance=config.provided.instance,
        cgroup_parent=config.provided.cgroup_parent,
    )
    missed_exits = providers.Singleton(ShimExits, state=config.provided.containerd_state)
    leftovers = providers.Singleton(
        ContainerdLeftovers, channel=runtime_channel, places=config.provided.leftover_places
    )
    unread_output = providers.Singleton(
        ContainerdUnreadOutput,
        state=config.provided.containerd_state,
        keeper=config.provided.keeper_program,
        commands=config.provided.keeper_commands,
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
    registry_logins = providers.Singleton(
        HttpRegistryLogins,
        hosts=providers.Singleton(
            HostsFolder, folder=config.provided.hosts_folder, plain_http=config.provided.plain_http
        ),
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
    oom_scores = providers.Singleton(LinuxOomScores)
    rooted_files = providers.Singleton(LinuxRootedFiles)
    seeds = providers.Singleton(
        OverlaySeeds,
        images=image_roots,
        folder=config.provided.seeds_folder,
        mounts=config.provided.mounts_folder,
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
    log_writers = providers.Singleton(CriLogWriters, channel=runtime_channel)
