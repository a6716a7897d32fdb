"""`start --attach`: start a container and stream until it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.lifecycle.exits import Exits
from application.lifecycle.follow_log import FollowLog, as_on_terminal
from application.lifecycle.lookup import Containers
from application.lifecycle.sessions import Attachment
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.ports.logs import LogQuery
from application.use_cases.container.attach import AttachContainer
from application.use_cases.container.start import StartContainer
from domain.container import ContainerRecord, ContainerState, ExitStatus
from domain.errors import NotFound
from domain.streams import Output


@dataclass(frozen=True)
class StartAttached:
    """`start --attach`: a new attempt, streamed from its first byte; a running container is attached to.

    Of several clients who start it together, one does, and all see it from its beginning.
    """

    containers: Containers
    start: StartContainer
    attach: AttachContainer
    stream_until_exit: StreamUntilExit
    exits: Exits
    follow_log: FollowLog

    async def __call__(
        self, reference: str, attachment: Attachment
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        """The record once the container runs, then its output, and its ExitStatus last.

        Raises what StartContainer and AttachContainer raise.
        """
        container = await self.containers.find(reference)
        async with self.exits.reading(container.record.id):
            if container.state is not ContainerState.RUNNING:
                record = await self.start(container.record.id, attachment)
                if attachment.is_open:
                    events = self._events(record, attachment.output())
                elif attachment.takes_input:  # another client was faster
                    events = self.attach(record.id, attachment)
                else:
                    events = self._events(record, self._logged(record))
            else:
                events = self.attach(container.record.id, attachment)
            async with aclosing(events):
                async for event in events:
                    yield event

    async def _events(
        self, record: ContainerRecord, outputs: AsyncGenerator[Output, None]
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        yield record
        async with aclosing(self.stream_until_exit(record, outputs)) as events:
            async for event in events:
                yield event

    async def _logged(self, record: ContainerRecord) -> AsyncGenerator[Output, None]:
        """All output of an attempt that somebody else has just started."""
        try:
            logged = self.follow_log(record, LogQuery(alone=True))
            async with aclosing(as_on_terminal(logged) if record.spec.tty else logged) as chunks:
                async for chunk in chunks:
                    yield Output(chunk.stream, chunk.data)
        except NotFound:
            return  # it is removed: how it ended is told by its exit
