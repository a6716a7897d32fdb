"""The daemon's socket and the gRPC server behind it."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from entrypoints.api.k3c.v1 import (
    events_pb2,
    events_pb2_grpc,
    k3c_pb2,
    k3c_pb2_grpc,
    lifecycle_pb2,
    lifecycle_pb2_grpc,
    look_pb2,
    look_pb2_grpc,
    streams_pb2,
    streams_pb2_grpc,
)
from entrypoints.daemon.callers import Callers
from entrypoints.daemon.calls import Calls
from entrypoints.daemon.forward import Forward
from entrypoints.daemon.services.container import ContainerService
from entrypoints.daemon.services.event import EventService
from entrypoints.daemon.services.image import ImageService
from entrypoints.daemon.services.lifecycle import LifecycleService
from entrypoints.daemon.services.look import LookService
from entrypoints.daemon.services.stream import StreamService
from entrypoints.daemon.services.system import SystemService
from entrypoints.daemon.services.volume import VolumeService
from entrypoints.daemon.sockets import in_its_place

_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_metadata_size", 64 * 1024),
    ("grpc.so_reuseport", 0),
)
_GRACE = 2.0


async def build_server(
    containers: ContainerService,
    lifecycle: LifecycleService,
    images: ImageService,
    volumes: VolumeService,
    streams: StreamService,
    look: LookService,
    events: EventService,
    system: SystemService,
    forward: Forward,
    callers: Callers,
) -> grpc.aio.Server:
    """A server that answers k3c.v1, health, reflection, and forwards the rest."""
    server = grpc.aio.server(interceptors=[Calls(callers)], options=_OPTIONS, handlers=[forward])
    k3c_pb2_grpc.add_ContainerServiceServicer_to_server(containers, server)
    lifecycle_pb2_grpc.add_LifecycleServiceServicer_to_server(lifecycle, server)
    k3c_pb2_grpc.add_ImageServiceServicer_to_server(images, server)
    k3c_pb2_grpc.add_VolumeServiceServicer_to_server(volumes, server)
    events_pb2_grpc.add_EventServiceServicer_to_server(events, server)
    look_pb2_grpc.add_LookServiceServicer_to_server(look, server)
    streams_pb2_grpc.add_StreamServiceServicer_to_server(streams, server)
    k3c_pb2_grpc.add_SystemServiceServicer_to_server(system, server)
    files = (
        k3c_pb2.DESCRIPTOR,
        lifecycle_pb2.DESCRIPTOR,
        events_pb2.DESCRIPTOR,
        look_pb2.DESCRIPTOR,
        streams_pb2.DESCRIPTOR,
    )
    names = [service.full_name for file in files for service in file.services_by_name.values()]
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    for name in names:
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    return server


async def listen(server: grpc.aio.Server, path: Path, *, uid: int, gid: int) -> None:
    """Serve on a socket of this owner; gRPC binds and listens in one step."""
    with in_its_place(path, uid=uid, gid=gid) as hidden:
        server.add_insecure_port(f"unix://{hidden}")
        await server.start()


async def close(server: grpc.aio.Server, path: Path) -> None:
    """Stop answering: calls in flight get some seconds to end."""
    path.unlink(missing_ok=True)
    await server.stop(_GRACE)
