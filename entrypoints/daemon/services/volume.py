"""k3c.v1.VolumeService."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.volume.clone import CloneVolume
from application.use_cases.volume.create import CreateVolume
from application.use_cases.volume.ls import ListVolumes
from application.use_cases.volume.rename import RenameVolume
from application.use_cases.volume.rm import RemoveVolume
from application.use_cases.volume.transfer import MoveVolume
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.api.k3c.v1 import volume_pb2_grpc
from entrypoints.api.mapping.volume import volume_to_wire

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class VolumeService(volume_pb2_grpc.VolumeServiceServicer):
    """Reads requests, calls use cases and writes responses."""

    list_all: ListVolumes
    create: CreateVolume
    remove: RemoveVolume
    rename: RenameVolume
    clone: CloneVolume
    move: MoveVolume

    async def List(self, request: pb.ListVolumesRequest, context: _Context) -> pb.ListVolumesResponse:
        """Return all volumes."""
        return pb.ListVolumesResponse(
            volumes=[volume_to_wire(volume, users) for volume, users in await self.list_all()]
        )

    async def Create(self, request: pb.CreateVolumeRequest, context: _Context) -> pb.CreateVolumeResponse:
        """Create a volume."""
        volume = await self.create(request.name, dict(request.labels))
        return pb.CreateVolumeResponse(volume=volume_to_wire(volume))

    async def Remove(self, request: pb.RemoveVolumeRequest, context: _Context) -> pb.RemoveVolumeResponse:
        """Remove a volume with its files."""
        await self.remove(request.name)
        return pb.RemoveVolumeResponse()

    async def Rename(self, request: pb.RenameVolumeRequest, context: _Context) -> pb.RenameVolumeResponse:
        """Give a volume another name."""
        await self.rename(request.name, request.new_name)
        return pb.RenameVolumeResponse()

    async def Clone(self, request: pb.CloneVolumeRequest, context: _Context) -> pb.CloneVolumeResponse:
        """Create another volume with the same content."""
        await self.clone(request.name, request.new_name)
        return pb.CloneVolumeResponse()

    async def Export(
        self, request: pb.ExportVolumeRequest, context: _Context
    ) -> AsyncIterator[pb.ExportVolumeResponse]:
        """Stream a volume's files as tar."""
        async with aclosing(self.move.export(request.name)) as tar:
            async for chunk in tar:
                yield pb.ExportVolumeResponse(tar=chunk)

    async def Import(
        self, request_iterator: AsyncIterator[pb.ImportVolumeRequest], context: _Context
    ) -> pb.ImportVolumeResponse:
        """Create a volume from a stream of tar."""
        requests = aiter(request_iterator)
        volume = (await anext(requests, pb.ImportVolumeRequest())).volume
        await self.move.import_(volume.name, dict(volume.labels), _tar(requests))
        return pb.ImportVolumeResponse()


async def _tar(requests: AsyncIterator[pb.ImportVolumeRequest]) -> AsyncGenerator[bytes, None]:
    async for request in requests:
        yield request.tar
