"""The daemon's socket and the gRPC server behind it."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from entrypoints.api.k3c.v1 import (
    container_pb2,
    container_pb2_grpc,
    event_pb2,
    event_pb2_grpc,
    image_pb2,
    image_pb2_grpc,
    stream_pb2,
    stream_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
    volume_pb2,
    volume_pb2_grpc,
)
from entrypoints.daemon.callers import Callers
from entrypoints.daemon.calls import Calls
from entrypoints.daemon.forward import Forward
from entrypoints.daemon.services.container import ContainerService
from entrypoints.daemon.services.event import EventService
from entrypoints.daemon.services.image import ImageService
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
    streams: StreamService,
    images: ImageService,
    volumes: VolumeService,
    events: EventService,
    system: SystemService,
    forward: Forward,
    callers: Callers,
) -> grpc.aio.Server:
    """Make a server that answers k3c.v1, health and reflection, and forwards the rest."""
    server = grpc.aio.server(interceptors=[Calls(callers)], options=_OPTIONS, handlers=[forward])
    container_pb2_grpc.add_ContainerServiceServicer_to_server(containers, server)
    stream_pb2_grpc.add_StreamServiceServicer_to_server(streams, server)
    image_pb2_grpc.add_ImageServiceServicer_to_server(images, server)
    volume_pb2_grpc.add_VolumeServiceServicer_to_server(volumes, server)
    event_pb2_grpc.add_EventServiceServicer_to_server(events, server)
    system_pb2_grpc.add_SystemServiceServicer_to_server(system, server)
    modules = (container_pb2, stream_pb2, image_pb2, volume_pb2, event_pb2, system_pb2)
    names = [
        service.full_name for module in modules for service in module.DESCRIPTOR.services_by_name.values()
    ]
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    for name in names:
        await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    return server


async def listen(server: grpc.aio.Server, path: Path, *, uid: int, gid: int) -> None:
    """Serve on a socket with this owner; gRPC binds and listens in a single step."""
    with in_its_place(path, uid=uid, gid=gid) as hidden:
        server.add_insecure_port(f"unix://{hidden}")
        await server.start()


async def close(server: grpc.aio.Server, path: Path) -> None:
    """Stop answering; calls in flight get some seconds to end."""
    path.unlink(missing_ok=True)
    await server.stop(_GRACE)
