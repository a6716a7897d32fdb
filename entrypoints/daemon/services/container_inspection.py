"""The methods of k3c.v1.ContainerService that show containers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.container.inspect import InspectContainer, MeasureContainer
from application.use_cases.container.logs import FetchLogs
from application.use_cases.container.ps import ListContainers
from application.use_cases.container.stats import WatchUsage
from application.use_cases.container.top import ShowProcesses
from domain.filters import ContainerFilters
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.container import container_to_wire, details_to_wire
from entrypoints.api.mapping.filters import filters_from_wire
from entrypoints.api.mapping.logs import chunk_to_wire, log_query_from_wire
from entrypoints.api.mapping.usage import processes_to_wire, usage_to_wire
from entrypoints.daemon.callers import beside
from entrypoints.daemon.services.system import SystemFacts

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class ContainerInspection:
    """List, Inspect, Logs, Top and Stats."""

    list_all: ListContainers
    sizes: MeasureContainer
    inspect: InspectContainer
    logs: FetchLogs
    processes: ShowProcesses
    usage: WatchUsage
    facts: SystemFacts

    async def List(self, request: pb.ListContainersRequest, context: _Context) -> pb.ListContainersResponse:
        """Return the containers that pass the filters."""
        filters = ContainerFilters(filters_from_wire(request.filters))
        found = await self.list_all(everything=request.all, filters=filters, last=request.last)
        response = pb.ListContainersResponse(containers=map(container_to_wire, found))
        if request.size:
            for sent, container in zip(response.containers, found, strict=True):
                sent.size = await self.sizes(container.record)
        return response

    async def Inspect(
        self, request: pb.InspectContainerRequest, context: _Context
    ) -> pb.InspectContainerResponse:
        """Return everything about a container."""
        details = await self.inspect(request.container, size=request.size)
        facts = self.facts
        return details_to_wire(
            details, bridge=facts.bridge, gateway=facts.gateway, prefix_length=facts.prefix_length
        )

    async def Logs(self, request: pb.LogsRequest, context: _Context) -> AsyncIterator[pb.LogsResponse]:
        """Stream what a container wrote."""
        query = log_query_from_wire(request)
        found = self.logs(request.container, query, follow=request.follow, previous=request.previous)
        async with aclosing(found) as chunks:
            connection = beside.get()
            if not request.beside or connection is None or not connection.is_free:
                async for chunk in chunks:
                    yield pb.LogsResponse(output=chunk_to_wire(chunk))
                return
            async with connection.outputs() as send:
                yield pb.LogsResponse(beside=True)
                async for chunk in chunks:
                    await send(chunk.stream, chunk.data)

    async def Top(self, request: pb.TopRequest, context: _Context) -> pb.TopResponse:
        """Return the processes of a container."""
        titles, rows = await self.processes(request.container, tuple(request.options))
        return processes_to_wire(titles, rows)

    async def Stats(self, request: pb.StatsRequest, context: _Context) -> AsyncIterator[pb.StatsResponse]:
        """Stream what containers use."""
        watched = self.usage(tuple(request.containers), everything=request.all, once=request.once)
        async with aclosing(watched) as samples:
            async for usages in samples:
                yield pb.StatsResponse(usages=map(usage_to_wire, usages))
