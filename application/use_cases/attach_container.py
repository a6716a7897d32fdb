"""Being with a container: what it writes, and how it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from application.containers import Containers
from application.events import Events
from application.exits import Exits
from application.sessions import Attachment
from application.use_cases.discard_container import DiscardContainer
from application.use_cases.start_container import StartContainer
from domain.container import ContainerRecord, ContainerState, ExitStatus
from domain.errors import NotFound
from domain.streams import Output

_KILLED = 137  # what a container that is removed while it runs ends with


class StayWithContainer:
    """The rest of a container's life through an open attachment, its caller holding `Exits.reading`."""

    def __init__(self, exits: Exits, discard: DiscardContainer) -> None:
        self._exits = exits
        self._discard = discard

    async def __call__(
        self, record: ContainerRecord, attachment: Attachment
    ) -> AsyncGenerator[Output | ExitStatus, None]:
        """Its output, and its ExitStatus as the last; then a container that removes itself has freed its name.

        Raises Unavailable when the streams are lost; the container goes on.
        """
        assert record.attempt is not None
        async for output in attachment.output():
            yield output
        try:
            status = await self._exits.wait(record.attempt.runtime_id)
        except NotFound:
            status = ExitStatus(_KILLED, datetime.now(UTC), "removed")
        if record.spec.auto_remove:
            await self._discard(record)
        yield status


class AttachContainer:
    """`attach`: be with a container that runs, beside others."""

    def __init__(self, containers: Containers, stay: StayWithContainer, exits: Exits, events: Events) -> None:
        self._events = events
        self._containers = containers
        self._exits = exits
        self._stay = stay

    async def __call__(
        self, reference: str, attachment: Attachment
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        """The container first, once it is attached. Raises NotFound, AmbiguousReference, Conflict, Unavailable."""
        container = await self._containers.find(reference)
        container.check_running()
        record = container.record
        assert record.attempt is not None
        async with self._exits.reading(record.id):
            await attachment.open(record.attempt.runtime_id, record.spec)
            await attachment.redraw()
            attachment.ready()
            self._events.of_container(record, "attach")
            yield record
            async for event in self._stay(record, attachment):
                yield event


class StartAttached:
    """`start --attach`: a fresh life, seen from its first byte; one that runs is attached to."""

    def __init__(
        self,
        containers: Containers,
        start: StartContainer,
        attach: AttachContainer,
        stay: StayWithContainer,
        exits: Exits,
    ) -> None:
        self._exits = exits
        self._containers = containers
        self._start = start
        self._attach = attach
        self._stay = stay

    async def __call__(
        self, reference: str, attachment: Attachment
    ) -> AsyncGenerator[ContainerRecord | Output | ExitStatus, None]:
        """The container once it runs, then as `attach`. Raises what starting and attaching do."""
        container = await self._containers.find(reference)
        if container.state is ContainerState.RUNNING:
            async for event in self._attach(container.record.id, attachment):
                yield event
            return
        async with self._exits.reading(container.record.id):
            record = await self._start(container.record.id, attachment)
            yield record
            async for event in self._stay(record, attachment):
                yield event
