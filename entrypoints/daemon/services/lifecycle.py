"""k3c.v1.LifecycleService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.container.pause import PauseContainer
from application.use_cases.container.rename import RenameContainer
from application.use_cases.container.restart import RestartContainer
from application.use_cases.container.update import UpdateContainer
from application.use_cases.container.wait import WaitContainer
from domain.spec import SpecChange
from entrypoints.api.k3c.v1 import lifecycle_pb2 as pb
from entrypoints.api.k3c.v1 import lifecycle_pb2_grpc
from entrypoints.api.mapping.container import exit_to_wire
from entrypoints.api.mapping.spec import port_to_wire, ports_from_wire, resources_from_wire, restart_from_wire

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class LifecycleService(lifecycle_pb2_grpc.LifecycleServiceServicer):
    """Reads requests, calls use cases, writes answers."""

    restart: RestartContainer
    wait: WaitContainer
    pause: PauseContainer
    rename: RenameContainer
    update: UpdateContainer

    async def Restart(
        self, request: pb.RestartContainerRequest, context: _Context
    ) -> pb.RestartContainerResponse:
        """Give a container a fresh life, whatever its state."""
        timeout = request.timeout if request.HasField("timeout") else None
        record = await self.restart(request.container, timeout)
        ports = record.attempt.ports if record.attempt else ()
        return pb.RestartContainerResponse(ports=map(port_to_wire, ports))

    async def Wait(self, request: pb.WaitContainerRequest, context: _Context) -> pb.WaitContainerResponse:
        """Tell how a container ended, when it has."""
        return pb.WaitContainerResponse(exited=exit_to_wire(await self.wait(request.container)))

    async def Pause(self, request: pb.PauseContainerRequest, context: _Context) -> pb.PauseContainerResponse:
        """Freeze a container."""
        await self.pause(request.container, pause=True)
        return pb.PauseContainerResponse()

    async def Unpause(
        self, request: pb.UnpauseContainerRequest, context: _Context
    ) -> pb.UnpauseContainerResponse:
        """Let it go on."""
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
        """Say what will be changed, and change it."""
        async for plan in self.update(request.container, _change(request)):
            yield pb.UpdateContainerResponse(name=plan.name, running=plan.running, replaces=plan.replaces)


def _change(request: pb.UpdateContainerRequest) -> SpecChange:
    return SpecChange(
        resources=resources_from_wire(request.resources),
        restart=restart_from_wire(request.restart) if request.HasField("restart") else None,
        environment=tuple(request.environment),
        labels=dict(request.labels),
        ports=ports_from_wire(request.ports),
    )
