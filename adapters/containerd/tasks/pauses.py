"""Frozen containers, through containerd's tasks: CRI knows nothing of them."""

from __future__ import annotations

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto.task_pb2 import PAUSED, PAUSING
from adapters.containerd.proto.tasks_pb2 import (
    GetRequest,
    ListTasksRequest,
    PauseTaskRequest,
    ResumeTaskRequest,
)
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub
from domain.errors import NotFound, RuntimeFailed

_FROZEN = frozenset((PAUSED, PAUSING))
_NOT_PAUSED = "not paused"  # runc's words


class ContainerdPauses:
    """application.ports.runtime.ContainerPauses."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._tasks = TasksStub(channel)

    async def pause(self, runtime_id: str) -> None:
        """Freeze the container's task."""
        async with translated("container", runtime_id):
            await self._tasks.Pause(PauseTaskRequest(container_id=runtime_id), metadata=NAMESPACE)

    async def resume(self, runtime_id: str) -> None:
        """Thaw the container's task.

        runc thaws it by itself when it delivers SIGKILL, and then refuses to; containerd goes on taking the
        task for paused until it has seen its end.
        """
        try:
            async with translated("container", runtime_id):
                await self._tasks.Resume(ResumeTaskRequest(container_id=runtime_id), metadata=NAMESPACE)
        except RuntimeFailed as error:
            if _NOT_PAUSED not in error.detail and await self.is_paused(runtime_id):
                raise

    async def is_paused(self, runtime_id: str) -> bool:
        """Return whether the container's task is paused."""
        try:
            async with translated("container", runtime_id):
                answer = await self._tasks.Get(GetRequest(container_id=runtime_id), metadata=NAMESPACE)
        except NotFound:
            return False
        return answer.process.status in _FROZEN

    async def list(self) -> frozenset[str]:
        """Return all paused tasks."""
        async with translated():
            answer = await self._tasks.List(ListTasksRequest(), metadata=NAMESPACE)
        return frozenset(task.id for task in answer.tasks if task.status in _FROZEN)
