"""`attach`: the streams of a running container."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Attachment
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.ports.streams import Gates
from application.support.events import Events
from application.support.locks import ContainerLocks
from domain.container import ContainerRecord, ExitStatus
from domain.streams import Output


@dataclass(frozen=True)
class AttachContainer:
    """`attach`: attach to a running container, beside other clients."""

    containers: Containers
    stream_until_exit: StreamUntilExit
    exits: Exits
    events: Events
    gates: Gates
    locks: ContainerLocks

    async def __call__(
        self, reference: str, attachment: Attachment
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        """The container's record once it is attached, its output as it comes, and its ExitStatus last.

        Raises NotFound, AmbiguousReference, Conflict (the container does not run, or is paused), Unavailable.
        """
        container = await self.containers.find(reference)
        if self.gates.is_shut(container.record.id):
            async with self.locks.hold(container.record.id):  # until it is started
                container = await self.containers.find(container.record.id)
            attachment.expect_rest_of_marks()
        attempt, record = container.running_attempt(), container.record
        async with self.exits.reading(record.id):
            await attachment.open(attempt.runtime_id, record.spec)
            await attachment.redraw()
            attachment.ready()
            self.events.of_container(record, "attach")
            yield record
            async with aclosing(self.stream_until_exit(record, attachment.output())) as events:
                async for event in events:
                    yield event
