"""A subscription to containerd's events, which is opened again whenever it is lost."""

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
from adapters.containerd.proto.types_pb2 import Envelope

_MARKER = "/k3c/subscribed"
_FIRST_INTERVAL, _LONGEST_INTERVAL = 0.05, 1.0  # seconds between attempts to subscribe
_MARKER_INTERVAL = 0.02  # seconds until a marker that has not come back is published again

Call = grpc.aio.UnaryStreamCall[SubscribeRequest, Envelope]


async def subscribed(channel: grpc.aio.Channel, topic: str) -> AsyncGenerator[Any | None, None]:
    """Yield the events of a topic, and None after each gap: at the beginning, and when it is opened again."""
    filters = [
        f'namespace=={dict(NAMESPACE)["containerd-namespace"]},topic=="{name}"' for name in (topic, _MARKER)
    ]
    events, interval = EventsStub(channel), _FIRST_INTERVAL
    while True:
        call = events.Subscribe(SubscribeRequest(filters=filters), metadata=NAMESPACE)
        with suppress(grpc.aio.AioRpcError):
            try:
                envelope: object = await _first(channel, call)
                interval = _FIRST_INTERVAL
                yield None
                while isinstance(envelope, Envelope):  # grpc.aio.EOF otherwise
                    yield envelope.event
                    envelope = await call.read()
            finally:
                call.cancel()
        await asyncio.sleep(interval)
        interval = min(interval * 2, _LONGEST_INTERVAL)


async def _first(channel: grpc.aio.Channel, call: Call) -> Envelope:
    """Return the first event, which shows that the subscription works.

    containerd does not say when a subscription has begun. So a marker is published until an event comes.
    """
    events = EventsStub(channel)
    reading = asyncio.ensure_future(call.read())
    try:
        while not reading.done():
            marker = Any(type_url=Empty.DESCRIPTOR.full_name)
            await events.Publish(PublishRequest(topic=_MARKER, event=marker), metadata=NAMESPACE)
            await asyncio.wait({reading}, timeout=_MARKER_INTERVAL)
        envelope = reading.result()
    finally:
        reading.cancel()
    return (
        envelope if isinstance(envelope, Envelope) else Envelope()
    )  # the stream ended; reading on says so again
