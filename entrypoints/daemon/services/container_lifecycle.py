"""The methods of k3c.v1.ContainerService that create, change and remove containers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.container.create import CreateContainer
from application.use_cases.container.kill import KillContainer
from application.use_cases.container.pause import PauseContainer
from application.use_cases.container.rename import RenameContainer
from application.use_cases.container.restart import RestartContainer
from application.use_cases.container.rm import RemoveContainer
from application.use_cases.container.run import Created, RunContainer, Started
from application.use_cases.container.start import StartContainer
from application.use_cases.container.stop import StopContainer
from application.use_cases.container.update import UpdateContainer
from application.use_cases.container.wait import WaitContainer
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.container import (
    change_from_wire,
    created_to_wire,
    decided_ports_to_wire,
    exit_to_wire,
    plan_to_wire,
    run_event_to_wire,
)
from entrypoints.api.mapping.spec import spec_from_wire

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class ContainerLifecycle:
    """Create, Run, Start, Stop, Kill, Restart, Wait, Pause, Unpause, Rename, Update and Remove."""

    create: CreateContainer
    run: RunContainer
    start: StartContainer
    stop: StopContainer
    kill: KillContainer
    restart: RestartContainer
    wait: WaitContainer
    pause: PauseContainer
    rename: RenameContainer
    update: UpdateContainer
    remove: RemoveContainer

    async def Create(
        self, request: pb.CreateContainerRequest, context: _Context
    ) -> pb.CreateContainerResponse:
        """Create a container."""
        record = await self.create(spec_from_wire(request.spec), request.name)
        return created_to_wire(record)

    async def Run(
        self, request: pb.RunContainerRequest, context: _Context
    ) -> AsyncIterator[pb.RunContainerResponse]:
        """Create and start a container."""
        spec = spec_from_wire(request.spec)
        async for event in self.run(spec, request.name, wait=request.wait):
            if isinstance(event, Created | Started):
                yield run_event_to_wire(event)

    async def Start(self, request: pb.StartContainerRequest, context: _Context) -> pb.StartContainerResponse:
        """Start a new attempt of a container."""
        return pb.StartContainerResponse(ports=decided_ports_to_wire(await self.start(request.container)))

    async def Stop(self, request: pb.StopContainerRequest, context: _Context) -> pb.StopContainerResponse:
        """Stop a container."""
        await self.stop(request.container, request.timeout if request.HasField("timeout") else None)
        return pb.StopContainerResponse()

    async def Kill(self, request: pb.KillContainerRequest, context: _Context) -> pb.KillContainerResponse:
        """Send a signal to a container."""
        await self.kill(request.container, request.signal)
        return pb.KillContainerResponse()

    async def Restart(
        self, request: pb.RestartContainerRequest, context: _Context
    ) -> pb.RestartContainerResponse:
        """Stop a container if it runs, and start a new attempt."""
        timeout = request.timeout if request.HasField("timeout") else None
        record = await self.restart(request.container, timeout)
        return pb.RestartContainerResponse(ports=decided_ports_to_wire(record))

    async def Wait(self, request: pb.WaitContainerRequest, context: _Context) -> pb.WaitContainerResponse:
        """Return how a container ended, once it has ended."""
        return pb.WaitContainerResponse(exited=exit_to_wire(await self.wait(request.container)))

    async def Pause(self, request: pb.PauseContainerRequest, context: _Context) -> pb.PauseContainerResponse:
        """Freeze the processes of a container."""
        await self.pause(request.container, pause=True)
        return pb.PauseContainerResponse()

    async def Unpause(
        self, request: pb.UnpauseContainerRequest, context: _Context
    ) -> pb.UnpauseContainerResponse:
        """Resume the processes of a container."""
        await self.pause(request.container, pause=False)
        return pb.UnpauseContainerResponse()

    async def Rename(
        self, request: pb.RenameContainerRequest, context: _Context
    ) -> pb.RenameContainerResponse:
        """Give a container another name."""
        await self.rename(request.container, request.name)
        return pb.RenameContainerResponse()

    async def Update(
        self, request: pb.UpdateContainerRequest, context: _Context
    ) -> AsyncIterator[pb.UpdateContainerResponse]:
        """Stream what will be changed, then change it."""
        async for plan in self.update(request.container, change_from_wire(request)):
            yield plan_to_wire(plan)

    async def Remove(
        self, request: pb.RemoveContainerRequest, context: _Context
    ) -> pb.RemoveContainerResponse:
        """Remove a container."""
        await self.remove(request.container, force=request.force, volumes=request.volumes)
        return pb.RemoveContainerResponse()
