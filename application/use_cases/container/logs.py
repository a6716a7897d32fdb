"""`logs`: the output of a container."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from application.lifecycle.exits import Exits
from application.lifecycle.follow_log import FollowLog, as_on_terminal
from application.lifecycle.lookup import Containers
from application.ports.logs import ContainerLogs, KeptLogs, LogChunk, LogQuery
from application.support.locks import ContainerLocks
from domain.container import Container, ContainerRecord, ContainerState
from domain.errors import Conflict, NotFound


@dataclass(frozen=True)
class FetchLogs:
    """`logs`: the logs of the container's lives and, when followed, of those to come."""

    containers: Containers
    logs: ContainerLogs
    exits: Exits
    locks: ContainerLocks
    kept_logs: KeptLogs
    follow_log: FollowLog

    async def __call__(
        self, reference: str, query: LogQuery, *, follow: bool, previous: bool = False
    ) -> AsyncGenerator[LogChunk, None]:
        """The output of a container, in chunks; with `previous` only that of the life before its last.

        With `follow`, also the output to come, until the container ends and neither its policy nor a
        `restart` starts it again. Of a removed container the kept log is given. Raises NotFound,
        AmbiguousReference, InvalidArgument.
        """
        try:
            container = await self.containers.find(reference)
        except NotFound:
            path = await self.kept_logs.find(reference)
            if not path:
                raise
            chunks = self.logs.read(path, query, None)
        else:
            own = self._previous(container, query) if previous else self._of(container, query, follow=follow)
            chunks = as_on_terminal(own) if container.record.spec.tty else own
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    def _of(self, container: Container, query: LogQuery, *, follow: bool) -> AsyncGenerator[LogChunk, None]:
        attempt = container.record.attempt
        is_over = attempt is None or (attempt.ended and container.state is not ContainerState.RESTARTING)
        if follow and not is_over:
            return self._follow(container.record, query)
        return self.logs.read(attempt.log_path if attempt else "", query, None)

    def _previous(self, container: Container, query: LogQuery) -> AsyncGenerator[LogChunk, None]:
        """The life before the last, which may have left nothing. Raises Conflict if there was none."""
        *earlier, _ = container.record.log_paths or ("",)
        if not earlier:
            raise Conflict("container", container.record.name, "no-earlier-life")
        return self.logs.read(earlier[-1], replace(query, alone=True), None)

    async def _follow(self, first: ContainerRecord, query: LogQuery) -> AsyncGenerator[LogChunk, None]:
        """The output of the current attempt, and of the attempts after it."""
        record: ContainerRecord | None = first
        if not first.runtime_id:  # the attempt is being started
            record = await self._next_attempt(first.id, first.attempt_number - 1)
        while record is not None:
            async with self.exits.reading(record.id), aclosing(self.follow_log(record, query)) as chunks:
                async for chunk in chunks:
                    yield chunk
            if query.until is not None and query.until < datetime.now(UTC):
                return
            query = replace(query, tail=None, alone=True)
            record = await self._next_attempt(record.id, record.attempt_number)

    async def _next_attempt(self, container_id: str, number: int) -> ContainerRecord | None:
        """The record with an attempt after `number`; None if nothing but a user will start one."""
        while True:
            with self.exits.listening(container_id) as news:
                try:
                    # A restart holds the lock from the end of one attempt to the start of the next.
                    async with self.locks.hold(container_id):
                        container = await self.containers.find(container_id)
                except NotFound:
                    return None
                attempt = container.record.attempt
                if attempt is None:
                    return None
                if attempt.number > number and attempt.runtime_id:
                    return container.record
                if attempt.ended and container.state is not ContainerState.RESTARTING:
                    return None
                await self.exits.announced(news)
