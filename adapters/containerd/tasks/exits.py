"""The ends of containers, and of processes for want of memory, from containerd's event stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import grpc

from adapters.containerd.proto.task_events_pb2 import TaskExit, TaskOOM
from adapters.containerd.tasks.subscription import subscribed

_EXIT, _OOM = "containerd.events.TaskExit", "containerd.events.TaskOOM"
_GAP = ""


class ContainerdExits:
    """application.ports.runtime.ContainerExits."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def watch(self) -> AsyncGenerator[str, None]:
        """Yield runtime ids of containers that end, and "" after each gap."""
        async with aclosing(subscribed(self._channel, "/tasks/exit")) as events:
            async for event in events:
                if event is None:
                    yield _GAP
                elif ended := first_process(event.type_url, event.value):
                    yield ended

    async def watch_memory(self) -> AsyncGenerator[str, None]:
        """Yield runtime ids of containers in which the kernel ends processes."""
        async with aclosing(subscribed(self._channel, "/tasks/oom")) as events:
            async for event in events:
                if event is not None and event.type_url.rpartition("/")[2] == _OOM:
                    yield TaskOOM.FromString(event.value).container_id


def first_process(type_url: str, value: bytes) -> str:
    """Return the container whose first process ended, "" for an exec's end and for other events."""
    if type_url.rpartition("/")[2] != _EXIT:
        return ""
    event = TaskExit.FromString(value)
    return event.container_id if event.id == event.container_id else ""
