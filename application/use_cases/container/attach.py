"""`attach`: the streams of a running container."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Attachment
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.support.events import Events
from domain.container import ContainerRecord, ExitStatus
from domain.streams import Output


class AttachContainer:
    """`attach`: be with a container that runs, beside others."""

    def __init__(
        self, containers: Containers, stream_until_exit: StreamUntilExit, exits: Exits, events: Events
    ) -> None:
        self._events = events
        self._containers = containers
        self._exits = exits
        self._stream_until_exit = stream_until_exit

    async def __call__(
        self, reference: str, attachment: Attachment
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        """The container first, once it is attached. Raises NotFound, AmbiguousReference, Conflict, Unavailable."""
        container = await self._containers.find(reference)
        attempt, record = container.running_attempt(), container.record
        async with self._exits.reading(record.id):
            await attachment.open(attempt.runtime_id, record.spec)
            await attachment.redraw()
            attachment.ready()
            self._events.of_container(record, "attach")
            yield record
            async with aclosing(self._stream_until_exit(record, attachment)) as events:
                async for event in events:
                    yield event
