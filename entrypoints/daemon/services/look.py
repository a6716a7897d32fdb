"""k3c.v1.LookService."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.container.cp import ContainerFiles
from application.use_cases.container.inspect import InspectThings
from application.use_cases.container.stats import Usage, WatchUsage
from application.use_cases.container.top import ShowProcesses
from domain.errors import InvalidArgument
from entrypoints.api.k3c.v1 import look_pb2 as pb
from entrypoints.api.k3c.v1 import look_pb2_grpc
from entrypoints.api.mapping.container import container_to_wire
from entrypoints.api.mapping.image import image_to_wire
from entrypoints.api.mapping.spec import healthcheck_to_wire, spec_to_wire
from entrypoints.daemon.services.system import SystemFacts

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class LookService(look_pb2_grpc.LookServiceServicer):
    """Reads requests, calls use cases, writes answers."""

    inspect: InspectThings
    processes: ShowProcesses
    usage: WatchUsage
    files: ContainerFiles
    facts: SystemFacts

    async def InspectContainer(
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

    async def InspectImage(
        self, request: pb.InspectImageRequest, context: _Context
    ) -> pb.InspectImageResponse:
        """Tell everything about an image."""
        image = await self.inspect.image(request.image)
        config = image.config
        return pb.InspectImageResponse(
            image=image_to_wire(image),
            entrypoint=config.entrypoint,
            command=config.command,
            environment=config.environment,
            working_dir=config.working_dir,
            user=config.user,
            stop_signal=config.stop_signal,
            labels=config.labels,
            volumes=config.volumes,
            exposed_ports=config.exposed_ports,
            healthcheck=healthcheck_to_wire(config.healthcheck),
        )

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

    async def Diff(self, request: pb.DiffRequest, context: _Context) -> pb.DiffResponse:
        """Tell how a container differs from its image."""
        found = await self.files.changes(request.container)
        return pb.DiffResponse(changes=[pb.DiffResponse.Change(kind=kind, path=path) for kind, path in found])

    async def StatPath(self, request: pb.StatPathRequest, context: _Context) -> pb.StatPathResponse:
        """Tell what is at a path in a container."""
        return pb.StatPathResponse(**vars(await self.files.stat(request.container, request.path)))

    async def CopyFrom(
        self, request: pb.CopyFromRequest, context: _Context
    ) -> AsyncIterator[pb.CopyFromResponse]:
        """Give files of a container."""
        packed = self.files.copy_from(request.container, request.path, follow=request.follow_link)
        async with aclosing(packed) as chunks:
            async for chunk in chunks:
                yield pb.CopyFromResponse(tar=chunk)

    async def CopyTo(
        self, request_iterator: AsyncIterator[pb.CopyToRequest], context: _Context
    ) -> pb.CopyToResponse:
        """Take files for a container."""
        requests = aiter(request_iterator)
        first = await anext(requests, pb.CopyToRequest())
        if not first.HasField("folder"):
            raise InvalidArgument("request", "", "no-first-message")
        await self.files.copy_to(first.folder.container, first.folder.path, _tar(requests))
        return pb.CopyToResponse()


async def _tar(requests: AsyncIterator[pb.CopyToRequest]) -> AsyncGenerator[bytes, None]:
    async for request in requests:
        yield request.tar


def _usage(usage: Usage) -> pb.Usage:
    found = pb.Usage(id=usage.record.id, name=usage.record.name, running=usage.sample is not None)
    if usage.sample is not None:
        sample = {name: value for name, value in vars(usage.sample).items() if name != "at"}
        found.MergeFrom(pb.Usage(**{**sample, "cpu": usage.cpu}))
    return found
