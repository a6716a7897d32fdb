"""k3c.v1.ContainerService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.ports.logs import LogQuery
from application.use_cases.container.create import CreateContainer
from application.use_cases.container.inspect import MeasureContainer
from application.use_cases.container.kill import KillContainer
from application.use_cases.container.logs import FetchLogs
from application.use_cases.container.ps import ListContainers
from application.use_cases.container.rm import RemoveContainer
from application.use_cases.container.run import Created, RunContainer, Started
from application.use_cases.container.start import StartContainer
from application.use_cases.container.stop import StopContainer
from domain.filters import ContainerFilters
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.api.k3c.v1 import k3c_pb2_grpc
from entrypoints.api.mapping.container import container_to_wire
from entrypoints.api.mapping.logs import chunk_to_wire
from entrypoints.api.mapping.spec import decided_ports, spec_from_wire
from entrypoints.api.mapping.times import time_of
from entrypoints.daemon.callers import beside

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class ContainerService(k3c_pb2_grpc.ContainerServiceServicer):
    """Reads requests, calls use cases, writes answers."""

    create: CreateContainer
    run: RunContainer
    start: StartContainer
    stop: StopContainer
    kill: KillContainer
    remove: RemoveContainer
    list_all: ListContainers
    logs: FetchLogs
    sizes: MeasureContainer

    async def Create(
        self, request: pb.CreateContainerRequest, context: _Context
    ) -> pb.CreateContainerResponse:
        """Make a container."""
        record = await self.create(spec_from_wire(request.spec), request.name)
        return pb.CreateContainerResponse(id=record.id, name=record.name)

    async def Run(
        self, request: pb.RunContainerRequest, context: _Context
    ) -> AsyncIterator[pb.RunContainerResponse]:
        """Create and start."""
        spec = spec_from_wire(request.spec)
        async for event in self.run(spec, request.name, wait=request.wait):
            if isinstance(event, Created):
                created = pb.CreateContainerResponse(id=event.record.id, name=event.record.name)
                yield pb.RunContainerResponse(created=created)
            if isinstance(event, Started):
                started = pb.Started(ports=decided_ports(event.record))
                yield pb.RunContainerResponse(started=started)

    async def Start(self, request: pb.StartContainerRequest, context: _Context) -> pb.StartContainerResponse:
        """Give a container a fresh life."""
        return pb.StartContainerResponse(ports=decided_ports(await self.start(request.container)))

    async def Stop(self, request: pb.StopContainerRequest, context: _Context) -> pb.StopContainerResponse:
        """End a container."""
        await self.stop(request.container, request.timeout if request.HasField("timeout") else None)
        return pb.StopContainerResponse()

    async def Kill(self, request: pb.KillContainerRequest, context: _Context) -> pb.KillContainerResponse:
        """Send a signal."""
        await self.kill(request.container, request.signal)
        return pb.KillContainerResponse()

    async def Remove(
        self, request: pb.RemoveContainerRequest, context: _Context
    ) -> pb.RemoveContainerResponse:
        """Take a container away."""
        await self.remove(request.container, force=request.force, volumes=request.volumes)
        return pb.RemoveContainerResponse()

    async def List(self, request: pb.ListContainersRequest, context: _Context) -> pb.ListContainersResponse:
        """Tell which containers there are."""
        filters = ContainerFilters(tuple((one.key, one.value) for one in request.filters))
        found = await self.list_all(everything=request.all, filters=filters, last=request.last)
        answer = pb.ListContainersResponse(containers=map(container_to_wire, found))
        if request.size:
            for one, container in zip(answer.containers, found, strict=True):
                one.size = await self.sizes(container.record)
        return answer

    async def Logs(self, request: pb.LogsRequest, context: _Context) -> AsyncIterator[pb.LogsResponse]:
        """Give what a container wrote."""
        query = LogQuery(
            tail=request.tail if request.HasField("tail") else None,
            since=time_of(request.since) if request.HasField("since") else None,
            until=time_of(request.until) if request.HasField("until") else None,
            by_line=request.by_line,
        )
        async with aclosing(self.logs(request.container, query, follow=request.follow)) as chunks:
            connection = beside.get()
            if not request.beside or connection is None or not connection.is_free:
                async for chunk in chunks:
                    yield pb.LogsResponse(output=chunk_to_wire(chunk))
                return
            async with connection.outputs() as send:
                yield pb.LogsResponse(beside=True)
                async for chunk in chunks:
                    await send(chunk.stream, chunk.data)
