"""The exits of containers, from containerd's event stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.empty_pb2 import Empty

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.proto.events_pb2 import PublishRequest, SubscribeRequest
from adapters.containerd.proto.events_pb2_grpc import EventsStub
from adapters.containerd.proto.task_events_pb2 import TaskExit
from adapters.containerd.proto.types_pb2 import Envelope

_MARKER = "/k3c/subscribed"
_FILTERS = ('namespace==k8s.io,topic=="/tasks/exit"', f'namespace==k8s.io,topic=="{_MARKER}"')
_EXIT = "containerd.events.TaskExit"
_GAP = ""
_FIRST_INTERVAL, _LONGEST_INTERVAL = 0.05, 1.0  # seconds between attempts to subscribe
_MARKER_INTERVAL = 0.02  # seconds until a marker that has not come back is published again

Call = grpc.aio.UnaryStreamCall[SubscribeRequest, Envelope]


class ContainerdExits:
    """application.ports.runtime.ContainerExits: a subscription, which is opened again whenever it is lost."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._events = EventsStub(channel)

    async def watch(self) -> AsyncGenerator[str, None]:
        """Yield runtime ids of containers that end, and "" after each gap."""
        interval = _FIRST_INTERVAL
        while True:
            call = self._events.Subscribe(SubscribeRequest(filters=_FILTERS), metadata=NAMESPACE)
            with suppress(grpc.aio.AioRpcError):
                try:
                    first = await self._first_event(call)
                    interval = _FIRST_INTERVAL
                    yield _GAP
                    async for ended in _ended(first, call):
                        yield ended
                finally:
                    call.cancel()
            await asyncio.sleep(interval)
            interval = min(interval * 2, _LONGEST_INTERVAL)

    async def _first_event(self, call: Call) -> Envelope:
        """Return the first event, which shows that the subscription works.

        containerd does not say when a subscription has begun. So a marker is published until an event
        comes.
        """
        reading = asyncio.ensure_future(call.read())
        try:
            while not reading.done():
                await self._publish_marker()
                await asyncio.wait({reading}, timeout=_MARKER_INTERVAL)
            envelope = reading.result()
        finally:
            reading.cancel()
        if not isinstance(envelope, Envelope):
            return Envelope()  # the stream ended; reading on says so again
        return envelope

    async def _publish_marker(self) -> None:
        event = Any(type_url=Empty.DESCRIPTOR.full_name)
        await self._events.Publish(PublishRequest(topic=_MARKER, event=event), metadata=NAMESPACE)


async def _ended(first: Envelope, call: Call) -> AsyncGenerator[str, None]:
    envelope: object = first
    while isinstance(envelope, Envelope):  # grpc.aio.EOF otherwise
        if ended := first_process(envelope.event.type_url, envelope.event.value):
            yield ended
        envelope = await call.read()


def first_process(type_url: str, value: bytes) -> str:
    """Return the container whose first process ended, "" for an exec's end and for other events."""
    if type_url.rpartition("/")[2] != _EXIT:
        return ""
    event = TaskExit.FromString(value)
    return event.container_id if event.id == event.container_id else ""
