"""Processes of containers, through containerd's tasks."""

from __future__ import annotations

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto.task_pb2 import STOPPED
from adapters.containerd.proto.tasks_pb2 import GetRequest, ListPidsRequest
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub
from domain.errors import NotFound


class ContainerdPids:
    """application.ports.processes.ContainerPids."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._tasks = TasksStub(channel)

    async def first(self, runtime_id: str) -> int:
        """Call Tasks.Get."""
        try:
            async with translated("container", runtime_id):
                answer = await self._tasks.Get(GetRequest(container_id=runtime_id), metadata=NAMESPACE)
        except NotFound:
            return 0
        return 0 if answer.process.status == STOPPED else int(answer.process.pid)

    async def all(self, runtime_id: str) -> tuple[int, ...]:
        """Call Tasks.ListPids."""
        async with translated("container", runtime_id):
            answer = await self._tasks.ListPids(ListPidsRequest(container_id=runtime_id), metadata=NAMESPACE)
        return tuple(process.pid for process in answer.processes)
