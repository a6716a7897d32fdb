"""k3c.v1.VolumeService."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.volumes import CreateVolume, ListVolumes, RemoveVolume
from entrypoints.api import mapping
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.api.k3c.v1 import k3c_pb2_grpc

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class VolumeService(k3c_pb2_grpc.VolumeServiceServicer):
    """Reads requests, calls use cases, writes answers."""

    list_all: ListVolumes
    create: CreateVolume
    remove: RemoveVolume

    async def List(self, request: pb.ListVolumesRequest, context: _Context) -> pb.ListVolumesResponse:
        """Tell which volumes there are."""
        return pb.ListVolumesResponse(volumes=map(mapping.volume_to_wire, await self.list_all()))

    async def Create(self, request: pb.CreateVolumeRequest, context: _Context) -> pb.CreateVolumeResponse:
        """Make a volume."""
        volume = await self.create(request.name, dict(request.labels))
        return pb.CreateVolumeResponse(volume=mapping.volume_to_wire(volume))

    async def Remove(self, request: pb.RemoveVolumeRequest, context: _Context) -> pb.RemoveVolumeResponse:
        """Take a volume away with its files."""
        await self.remove(request.name)
        return pb.RemoveVolumeResponse()
