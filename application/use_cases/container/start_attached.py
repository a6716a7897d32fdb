"""`start --attach`: start a container and stream until it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Attachment
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.use_cases.container.attach import AttachContainer
from application.use_cases.container.start import StartContainer
from domain.container import ContainerRecord, ContainerState, ExitStatus
from domain.streams import Output


@dataclass(frozen=True)
class StartAttached:
    """`start --attach`: a new attempt, streamed from its first byte; a running container is attached to."""

    containers: Containers
    start: StartContainer
    attach: AttachContainer
    stream_until_exit: StreamUntilExit
    exits: Exits

    async def __call__(
        self, reference: str, attachment: Attachment
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        """The record once the container runs, then its output, and its ExitStatus last.

        Raises what StartContainer and AttachContainer raise.
        """
        container = await self.containers.find(reference)
        if container.state is ContainerState.RUNNING:
            async with aclosing(self.attach(container.record.id, attachment)) as attached:
                async for event in attached:
                    yield event
            return
        async with self.exits.reading(container.record.id):
            record = await self.start(container.record.id, attachment)
            yield record
            async with aclosing(self.stream_until_exit(record, attachment)) as events:
                async for output in events:
                    yield output
