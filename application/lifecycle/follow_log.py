"""The log of an attempt, up to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from application.lifecycle.exits import Exits
from application.ports.logs import ContainerLogs, LogChunk, LogQuery
from domain.container import ContainerRecord


@dataclass(frozen=True)
class FollowLog:
    """Follows the log of a record's attempt."""

    logs: ContainerLogs
    exits: Exits

    async def __call__(self, record: ContainerRecord, query: LogQuery) -> AsyncGenerator[LogChunk, None]:
        """What was written and is being written, until the attempt has ended.

        Raises NotFound if the container is removed meanwhile.
        """
        path = record.attempt.log_path if record.attempt else ""
        ended = asyncio.Event()
        status = asyncio.create_task(
            self.exits.wait(record.runtime_id), name=f"exit of {record.runtime_id[:12]}"
        )
        status.add_done_callback(lambda _: ended.set())
        try:
            async with aclosing(self.logs.read(path, query, ended)) as chunks:
                async for chunk in chunks:
                    yield chunk
            await status
        finally:
            status.cancel()
            await asyncio.wait({status})


async def as_on_terminal(chunks: AsyncGenerator[LogChunk, None]) -> AsyncGenerator[LogChunk, None]:
    """What a terminal showed: the runtime takes off the carriage returns that terminals put at the ends of lines."""
    async with aclosing(chunks):
        async for chunk in chunks:
            yield replace(chunk, data=chunk.data.replace(b"\n", b"\r\n"))
