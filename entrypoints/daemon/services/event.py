"""k3c.v1.EventService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from application.support.events import Events
from domain.events import EventFilters
from entrypoints.api.k3c.v1 import event_pb2 as pb
from entrypoints.api.k3c.v1 import event_pb2_grpc
from entrypoints.api.mapping.events import event_to_wire
from entrypoints.api.mapping.filters import filters_from_wire
from entrypoints.api.mapping.times import time_from_wire

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class EventService(event_pb2_grpc.EventServiceServicer):
    """Reads requests, watches events and writes responses."""

    events: Events

    async def Watch(self, request: pb.WatchEventsRequest, context: _Context) -> AsyncIterator[pb.Event]:
        """Stream stored events, then those that happen."""
        since = time_from_wire(request.since) if request.HasField("since") else None
        until = time_from_wire(request.until) if request.HasField("until") else None
        filters = EventFilters(filters_from_wire(request.filters))
        async with aclosing(self.events.watch(filters, since, until)) as watched:
            async for event in watched:
                yield event_to_wire(event)
