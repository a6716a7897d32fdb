"""`run`: create and start a container in one step."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass

from application.lifecycle.abandoned import Abandoned
from application.lifecycle.await_health import AwaitHealth
from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.lifecycle.published_ports import PublishedPorts
from application.lifecycle.sessions import Attachment
from application.lifecycle.stream_until_exit import StreamUntilExit
from application.support.compensation import compensating
from application.use_cases.container.create import CreateContainer
from application.use_cases.container.rm import RemoveContainer
from application.use_cases.container.start import StartContainer
from domain.container import ContainerRecord, ExitStatus
from domain.errors import K3cError, NotFound
from domain.spec import ContainerSpec
from domain.streams import Output


@dataclass(frozen=True)
class Created:
    """The container is stored, with a name and an id."""

    record: ContainerRecord


@dataclass(frozen=True)
class Started:
    """The process runs; `record` has the running attempt."""

    record: ContainerRecord


RunEvent = Created | Started | Output | ExitStatus


@dataclass(frozen=True)
class RunContainer:
    """`run`: what fails or is cancelled before the process runs leaves nothing behind."""

    create: CreateContainer
    start: StartContainer
    remove: RemoveContainer
    stream_until_exit: StreamUntilExit
    exits: Exits
    await_health: AwaitHealth
    published_ports: PublishedPorts
    containers: Containers
    abandoned: Abandoned

    async def __call__(
        self, spec: ContainerSpec, name: str, attachment: Attachment | None = None, *, wait: bool = False
    ) -> AsyncGenerator[RunEvent, None]:
        """Created, then Started; with an attachment the output as it comes, and the ExitStatus last.

        With `wait` the call returns when the container is healthy, and raises NotHealthy if it becomes
        unhealthy or ends.

        After Started the container runs on, whatever becomes of the caller. When the ExitStatus of a
        container that removes itself is given, its name is free. Raises what CreateContainer and
        StartContainer raise.
        """
        await self.published_ports.check(spec.ports)
        async with AsyncExitStack() as reading:
            async with compensating() as undo:
                record = await self.create(spec, name)
                undo.add(lambda: self._take_back(record.id))
                yield Created(record)
                await reading.enter_async_context(self.exits.reading(record.id))
                record = await self.start(record.id, attachment)
                undo.forget()
            yield Started(record)
            if wait:
                await self.await_health(record)
            if attachment is not None:
                async with aclosing(self.stream_until_exit(record, attachment.output())) as events:
                    async for event in events:
                        yield event

    async def _take_back(self, container_id: str) -> None:
        """Remove the container now, or as soon as the runtime answers again."""
        try:
            await self.remove(container_id, force=True, volumes=True)
        except K3cError:
            with suppress(NotFound):
                self.abandoned.add(await self.containers.record(container_id))
            raise
