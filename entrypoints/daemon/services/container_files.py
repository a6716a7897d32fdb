"""The methods of k3c.v1.ContainerService on the files of containers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.container.cp import ContainerFiles
from domain.errors import InvalidArgument
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.files import changes_to_wire, copied_to_wire, stat_to_wire

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class ContainerFileTransfer:
    """Diff, StatPath, CopyFrom and CopyTo."""

    files: ContainerFiles

    async def Diff(self, request: pb.DiffRequest, context: _Context) -> pb.DiffResponse:
        """Return how a container differs from its image."""
        return changes_to_wire(await self.files.changes(request.container))

    async def StatPath(self, request: pb.StatPathRequest, context: _Context) -> pb.StatPathResponse:
        """Return what is at a path in a container."""
        stat = await self.files.stat(request.container, request.path)
        return pb.StatPathResponse(stat=stat_to_wire(stat))

    async def CopyFrom(
        self, request: pb.CopyFromRequest, context: _Context
    ) -> AsyncIterator[pb.CopyFromResponse]:
        """Stream what is at a path in a container, then its files as tar."""
        copied = self.files.copy_from(request.container, request.path, follow=request.follow_link)
        async with aclosing(copied) as parts:
            async for part in parts:
                yield copied_to_wire(part)

    async def CopyTo(
        self, request_iterator: AsyncIterator[pb.CopyToRequest], context: _Context
    ) -> pb.CopyToResponse:
        """Unpack a stream of tar in a container."""
        requests = aiter(request_iterator)
        first = await anext(requests, pb.CopyToRequest())
        if not first.HasField("folder"):
            raise InvalidArgument("request", "", "the first one says where to")
        await self.files.copy_to(first.folder.container, first.folder.path, _tar(requests))
        return pb.CopyToResponse()


async def _tar(requests: AsyncIterator[pb.CopyToRequest]) -> AsyncGenerator[bytes, None]:
    async for request in requests:
        yield request.tar
