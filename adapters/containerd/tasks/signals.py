"""Signals to containers, through containerd's tasks."""

from __future__ import annotations

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto.tasks_pb2 import KillRequest
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub


class ContainerdProcessSignals:
    """application.ports.runtime.ProcessSignals."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._tasks = TasksStub(channel)

    async def signal(self, runtime_id: str, number: int) -> None:
        """Signal the first process. Raises NotFound once that process has ended."""
        async with translated("container", runtime_id):
            await self._tasks.Kill(KillRequest(container_id=runtime_id, signal=number), metadata=NAMESPACE)
