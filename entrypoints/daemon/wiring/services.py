"""The gRPC services, on top of everything else."""

from __future__ import annotations

from dependency_injector import providers

from entrypoints.daemon.services.container import ContainerService
from entrypoints.daemon.services.event import EventService
from entrypoints.daemon.services.image import ImageService
from entrypoints.daemon.services.stream import StreamService
from entrypoints.daemon.services.system import SystemService
from entrypoints.daemon.services.volume import VolumeService
from entrypoints.daemon.wiring.adapters import Adapters
from entrypoints.daemon.wiring.lifecycle import Lifecycle
from entrypoints.daemon.wiring.use_cases import UseCases


class Daemon(UseCases):
    """All objects of the daemon."""

    container_service = providers.Singleton(
        ContainerService,
        create=UseCases.create,
        run=UseCases.run,
        start=UseCases.start,
        stop=UseCases.stop,
        kill=UseCases.kill,
        restart=UseCases.restart,
        wait=UseCases.wait,
        pause=UseCases.pause,
        rename=UseCases.rename,
        update=UseCases.update,
        remove=UseCases.remove,
        list_all=UseCases.list_containers,
        sizes=UseCases.measure,
        inspect=UseCases.inspect_container,
        logs=UseCases.fetch_logs,
        processes=UseCases.show_processes,
        usage=UseCases.watch_usage,
        facts=Adapters.facts,
        files=UseCases.container_files,
    )
    stream_service = providers.Singleton(
        StreamService,
        run=UseCases.run,
        start=UseCases.start_attached,
        attach=UseCases.attach,
        exec_=UseCases.exec_command,
        streams=Adapters.streams,
    )
    event_service = providers.Singleton(EventService, events=Lifecycle.events)
    image_service = providers.Singleton(
        ImageService,
        list_all=UseCases.list_images,
        inspect=UseCases.inspect_image,
        pull=UseCases.pull_image,
        push=UseCases.push_image,
        login=UseCases.log_in,
        tag=UseCases.tag_image,
        remove=UseCases.remove_image,
        prune=UseCases.prune_images,
    )
    volume_service = providers.Singleton(
        VolumeService,
        list_all=UseCases.list_volumes,
        create=UseCases.create_volume,
        remove=UseCases.remove_volume,
        rename=UseCases.rename_volume,
        clone=UseCases.clone_volume,
        move=UseCases.move_volume,
    )
    system_service = providers.Singleton(
        SystemService,
        facts=Adapters.facts,
        containers=Lifecycle.lookup,
        images=Adapters.image_store,
        versions=Adapters.versions,
    )
