"""What a container wrote, and what it goes on writing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from application.lifecycle.exits import Exits
from application.lifecycle.lookup import Containers
from application.ports.logs import ContainerLogs, KeptLogs, LogChunk, LogQuery
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerRecord, ContainerState, ExitStatus
from domain.errors import NotFound

EVERYTHING = LogQuery()


class FollowOutput:
    """The output of a life of a container from its first byte to its end."""

    def __init__(self, logs: ContainerLogs, exits: Exits) -> None:
        self._logs = logs
        self._exits = exits

    async def __call__(
        self, record: ContainerRecord, query: LogQuery = EVERYTHING
    ) -> AsyncIterator[LogChunk | ExitStatus]:
        """Chunks as they come, and the ExitStatus as the last; raises NotFound if it is removed meanwhile."""
        attempt = record.attempt
        if attempt is None:
            return
        async with self._exit_of(attempt.runtime_id) as (ended, status):
            async with closing(self._logs.read(attempt.log_path, query, ended)) as chunks:
                async for chunk in chunks:
                    yield chunk
            yield await status

    @asynccontextmanager
    async def _exit_of(
        self, runtime_id: str
    ) -> AsyncIterator[tuple[asyncio.Event, asyncio.Task[ExitStatus]]]:
        ended = asyncio.Event()
        status = asyncio.create_task(self._exits.wait(runtime_id), name=f"exit of {runtime_id[:12]}")
        status.add_done_callback(lambda _: ended.set())
        try:
            yield ended, status
        finally:
            status.cancel()
            await asyncio.wait({status})


@asynccontextmanager
async def closing(chunks: AsyncIterator[LogChunk]) -> AsyncIterator[AsyncIterator[LogChunk]]:
    """Close a log that is read only in part at the end of the block, not when it is collected."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


class FetchLogs:
    """`logs`: the log of the container's last life and, when followed, of those that come after it."""

    def __init__(
        self,
        containers: Containers,
        logs: ContainerLogs,
        follow: FollowOutput,
        exits: Exits,
        locks: ContainerLocks,
        kept: KeptLogs,
    ) -> None:
        self._kept = kept
        self._containers = containers
        self._logs = logs
        self._follow = follow
        self._exits = exits
        self._locks = locks

    async def __call__(
        self, reference: str, query: LogQuery, *, follow: bool
    ) -> AsyncGenerator[LogChunk, None]:
        """What it wrote; with `follow` until it ends and is not started again by itself, or by a `restart`.

        Of a removed container it is what is kept. Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        try:
            container = await self._containers.find(reference)
        except NotFound:
            path = await self._kept.find(reference)
            if not path:
                raise
            chunks = self._logs.read(path, query, None)
        else:
            chunks = self._of(container, query, follow=follow)
        async with closing(chunks):
            async for chunk in chunks:
                yield chunk

    async def _of(self, container: Container, query: LogQuery, *, follow: bool) -> AsyncIterator[LogChunk]:
        attempt = container.record.attempt
        if attempt is None:
            return
        if not follow or (attempt.ended and container.state is not ContainerState.RESTARTING):
            async for chunk in self._logs.read(attempt.log_path, query, None):
                yield chunk
            return
        record: ContainerRecord | None = container.record
        if not attempt.runtime_id:  # it is just being started
            record = await self._next_life(container.record.id, attempt.number - 1)
        while record is not None:
            async with self._exits.reading(record.id):
                async for event in self._follow(record, query):
                    if isinstance(event, LogChunk):
                        yield event
            if query.until is not None and query.until < datetime.now(UTC):
                return
            query = replace(query, tail=None)
            number = record.attempt_number
            record = await self._next_life(record.id, number)

    async def _next_life(self, container_id: str, number: int) -> ContainerRecord | None:
        """The container in a life after that of this number; None if there is none without somebody's asking."""
        while True:
            with self._exits.listening(container_id) as news:
                try:
                    # Whoever restarts it holds the lock from its end to its start.
                    async with self._locks.hold(container_id):
                        container = await self._containers.find(container_id)
                except NotFound:
                    return None
                attempt = container.record.attempt
                if attempt is None:
                    return None
                if attempt.number > number and attempt.runtime_id:
                    return container.record
                if attempt.ended and container.state is not ContainerState.RESTARTING:
                    return None
                await self._exits.announced(news)
