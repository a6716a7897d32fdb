"""Signals to containers, through containerd's tasks."""

from __future__ import annotations

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto.tasks_pb2 import KillRequest
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub
from domain.errors import NotFound, RuntimeFailed

_SHIM_IS_GONE = "ttrpc: closed"  # containerd lets go of a shim in the moment in which its container ends


class ContainerdProcessSignals:
    """application.ports.runtime.ProcessSignals."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._tasks = TasksStub(channel)

    async def signal(self, runtime_id: str, number: int) -> None:
        """Signal the first process. Raises NotFound once that process has ended."""
        request = KillRequest(container_id=runtime_id, signal=number)
        try:
            async with translated("container", runtime_id):
                await self._tasks.Kill(request, metadata=NAMESPACE)
        except RuntimeFailed as error:
            if _SHIM_IS_GONE in error.detail:
                raise NotFound("container", runtime_id) from error
            raise
