"""The methods of k3c.v1.ContainerService that show containers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.ports.logs import LogQuery
from application.use_cases.container.inspect import InspectThings, MeasureContainer
from application.use_cases.container.logs import FetchLogs
from application.use_cases.container.ps import ListContainers
from application.use_cases.container.stats import Usage, WatchUsage
from application.use_cases.container.top import ShowProcesses
from domain.filters import ContainerFilters
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.container import container_to_wire
from entrypoints.api.mapping.logs import chunk_to_wire
from entrypoints.api.mapping.spec import spec_to_wire
from entrypoints.api.mapping.times import time_of
from entrypoints.daemon.callers import beside
from entrypoints.daemon.services.system import SystemFacts

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class ContainerInspection:
    """List, Inspect, Logs, Top and Stats."""

    list_all: ListContainers
    sizes: MeasureContainer
    inspect: InspectThings
    logs: FetchLogs
    processes: ShowProcesses
    usage: WatchUsage
    facts: SystemFacts

    async def List(self, request: pb.ListContainersRequest, context: _Context) -> pb.ListContainersResponse:
        """Tell which containers there are."""
        filters = ContainerFilters(tuple((one.key, one.value) for one in request.filters))
        found = await self.list_all(everything=request.all, filters=filters, last=request.last)
        answer = pb.ListContainersResponse(containers=map(container_to_wire, found))
        if request.size:
            for one, container in zip(answer.containers, found, strict=True):
                one.size = await self.sizes(container.record)
        return answer

    async def Inspect(
        self, request: pb.InspectContainerRequest, context: _Context
    ) -> pb.InspectContainerResponse:
        """Tell everything about a container."""
        details = await self.inspect.container(request.container, size=request.size)
        record = details.container.record
        attempt = record.attempt
        return pb.InspectContainerResponse(
            container=container_to_wire(details.container),
            spec=spec_to_wire(record.spec),
            environment=record.process.environment,
            working_dir=record.process.working_dir,
            user=record.process.user,
            sandbox_id=attempt.sandbox_id if attempt else "",
            runtime_id=attempt.runtime_id if attempt else "",
            log_path=attempt.log_path if attempt else "",
            pid=details.pid,
            address=details.address,
            gateway=self.facts.gateway if details.address else "",
            network=self.facts.bridge,
            mount_sources=details.sources,
            size=details.size,
        )

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

    async def Top(self, request: pb.TopRequest, context: _Context) -> pb.TopResponse:
        """Tell what runs in a container."""
        titles, rows = await self.processes(request.container, tuple(request.options))
        return pb.TopResponse(titles=titles, processes=[pb.TopResponse.Row(fields=row) for row in rows])

    async def Stats(self, request: pb.StatsRequest, context: _Context) -> AsyncIterator[pb.StatsResponse]:
        """Tell what containers use."""
        looks = self.usage(tuple(request.containers), everything=request.all, once=request.once)
        async with aclosing(looks) as answers:
            async for usages in answers:
                yield pb.StatsResponse(usages=map(_usage, usages))


def _usage(usage: Usage) -> pb.Usage:
    found = pb.Usage(id=usage.record.id, name=usage.record.name, running=usage.sample is not None)
    if usage.sample is not None:
        sample = {name: value for name, value in vars(usage.sample).items() if name != "at"}
        found.MergeFrom(pb.Usage(**{**sample, "cpu": usage.cpu}))
    return found
