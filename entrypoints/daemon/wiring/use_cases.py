"""What users ask for: an object for each verb."""

from __future__ import annotations

from dependency_injector import providers

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
from application.use_cases.image.login import LogIn
from application.use_cases.image.prune import PruneImages
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
from entrypoints.daemon.wiring.adapters import Adapters
from entrypoints.daemon.wiring.lifecycle import Lifecycle


class UseCases(Lifecycle):
    """The use cases."""

    create_volume = providers.Singleton(
        CreateVolume, volume_store=Adapters.volume_store, files=Adapters.files, events=Lifecycle.events
    )
    create = providers.Singleton(
        CreateContainer,
        image_store=Adapters.image_store,
        image_uses=Lifecycle.image_uses,
        container_store=Adapters.container_store,
        volume_store=Adapters.volume_store,
        files=Adapters.files,
        image_roots=Adapters.image_roots,
        accounts=Adapters.accounts,
        create_volume=create_volume,
        events=Lifecycle.events,
    )
    start = providers.Singleton(
        StartContainer,
        containers=Lifecycle.lookup,
        start_attempt=Lifecycle.start_attempt,
        locks=Lifecycle.locks,
    )
    remove = providers.Singleton(
        RemoveContainer,
        containers=Lifecycle.lookup,
        container_store=Adapters.container_store,
        sandboxes=Lifecycle.sandboxes,
        forget=Lifecycle.forget,
        pauses=Adapters.pauses,
        signals=Adapters.signals,
        locks=Lifecycle.locks,
        exits=Lifecycle.exits,
        events=Lifecycle.events,
    )
    run = providers.Singleton(
        RunContainer,
        create=create,
        start=start,
        remove=remove,
        stream_until_exit=Lifecycle.stream_until_exit,
        exits=Lifecycle.exits,
        await_health=Lifecycle.await_health,
        published_ports=Lifecycle.published_ports,
        containers=Lifecycle.lookup,
        abandoned=Lifecycle.abandoned,
    )
    attach = providers.Singleton(
        AttachContainer,
        containers=Lifecycle.lookup,
        stream_until_exit=Lifecycle.stream_until_exit,
        exits=Lifecycle.exits,
        events=Lifecycle.events,
        gates=Adapters.gates,
        locks=Lifecycle.locks,
    )
    start_attached = providers.Singleton(
        StartAttached,
        containers=Lifecycle.lookup,
        start=start,
        attach=attach,
        stream_until_exit=Lifecycle.stream_until_exit,
        exits=Lifecycle.exits,
        follow_log=Lifecycle.follow_log,
    )
    exec_command = providers.Singleton(
        ExecCommand,
        containers=Lifecycle.lookup,
        execs=Adapters.execs,
        events=Lifecycle.events,
        background=Lifecycle.background,
    )
    stop = providers.Singleton(
        StopContainer,
        containers=Lifecycle.lookup,
        container_store=Adapters.container_store,
        runtime=Lifecycle.runtime,
        pauses=Adapters.pauses,
        locks=Lifecycle.locks,
        exits=Lifecycle.exits,
        events=Lifecycle.events,
        handle_exit=Lifecycle.handle_exit,
    )
    kill = providers.Singleton(
        KillContainer,
        containers=Lifecycle.lookup,
        container_store=Adapters.container_store,
        signals=Adapters.signals,
        pauses=Adapters.pauses,
        exits=Lifecycle.exits,
        events=Lifecycle.events,
    )
    pause = providers.Singleton(
        PauseContainer,
        containers=Lifecycle.lookup,
        pauses=Adapters.pauses,
        locks=Lifecycle.locks,
        events=Lifecycle.events,
    )
    restart = providers.Singleton(
        RestartContainer,
        containers=Lifecycle.lookup,
        stop=stop,
        start_attempt=Lifecycle.start_attempt,
        locks=Lifecycle.locks,
        exits=Lifecycle.exits,
        events=Lifecycle.events,
    )
    wait = providers.Singleton(WaitContainer, containers=Lifecycle.lookup, exits=Lifecycle.exits)
    rename = providers.Singleton(
        RenameContainer,
        containers=Lifecycle.lookup,
        changes=Adapters.changes,
        locks=Lifecycle.locks,
        events=Lifecycle.events,
    )
    update = providers.Singleton(
        UpdateContainer,
        containers=Lifecycle.lookup,
        changes=Adapters.changes,
        resources=Adapters.resources,
        prefer_for_oom=Lifecycle.prefer_for_oom,
        stop=stop,
        start_attempt=Lifecycle.start_attempt,
        locks=Lifecycle.locks,
        exits=Lifecycle.exits,
        events=Lifecycle.events,
        published_ports=Lifecycle.published_ports,
    )
    fetch_logs = providers.Singleton(
        FetchLogs,
        containers=Lifecycle.lookup,
        logs=Adapters.logs,
        exits=Lifecycle.exits,
        locks=Lifecycle.locks,
        kept_logs=Adapters.kept_logs,
        follow_log=Lifecycle.follow_log,
    )
    list_containers = providers.Singleton(ListContainers, containers=Lifecycle.lookup)
    measure = providers.Singleton(MeasureContainer, container_roots=Adapters.container_roots)
    inspect_container = providers.Singleton(
        InspectContainer,
        containers=Lifecycle.lookup,
        volume_store=Adapters.volume_store,
        sandboxes=Lifecycle.sandboxes,
        pids=Adapters.pids,
        measure=measure,
    )
    show_processes = providers.Singleton(
        ShowProcesses, containers=Lifecycle.lookup, pids=Adapters.pids, host_processes=Adapters.host_processes
    )
    watch_usage = providers.Singleton(
        WatchUsage, containers=Lifecycle.lookup, pids=Adapters.pids, host_processes=Adapters.host_processes
    )
    container_files = providers.Singleton(
        ContainerFiles,
        containers=Lifecycle.lookup,
        volume_store=Adapters.volume_store,
        container_roots=Adapters.container_roots,
        image_roots=Adapters.image_roots,
        rooted_files=Adapters.rooted_files,
        seeds=Adapters.seeds,
        locks=Lifecycle.locks,
    )
    list_images = providers.Singleton(
        ListImages, image_store=Adapters.image_store, sandbox_image=Adapters.config.provided.sandbox_image
    )
    inspect_image = providers.Singleton(InspectImage, image_store=Adapters.image_store)
    pull_image = providers.Singleton(
        PullImage, image_store=Adapters.image_store, registry=Adapters.registry, events=Lifecycle.events
    )
    push_image = providers.Singleton(
        PushImage, image_store=Adapters.image_store, registry=Adapters.registry, events=Lifecycle.events
    )
    log_in = providers.Singleton(LogIn, logins=Adapters.registry_logins)
    tag_image = providers.Singleton(
        TagImage, image_store=Adapters.image_store, uses=Lifecycle.image_uses, events=Lifecycle.events
    )
    remove_image = providers.Singleton(
        RemoveImage,
        image_store=Adapters.image_store,
        containers=Lifecycle.lookup,
        uses=Lifecycle.image_uses,
        events=Lifecycle.events,
    )
    prune_images = providers.Singleton(
        PruneImages, list_images=list_images, container_store=Adapters.container_store, remove=remove_image
    )
    list_volumes = providers.Singleton(ListVolumes, volume_store=Adapters.volume_store)
    remove_volume = providers.Singleton(
        RemoveVolume, volume_store=Adapters.volume_store, files=Adapters.files, events=Lifecycle.events
    )
    rename_volume = providers.Singleton(
        RenameVolume, volume_store=Adapters.volume_store, files=Adapters.files, events=Lifecycle.events
    )
    clone_volume = providers.Singleton(
        CloneVolume, volume_store=Adapters.volume_store, files=Adapters.files, create_volume=create_volume
    )
    move_volume = providers.Singleton(
        MoveVolume,
        volume_store=Adapters.volume_store,
        files=Adapters.files,
        create_volume=create_volume,
        rooted_files=Adapters.rooted_files,
    )
