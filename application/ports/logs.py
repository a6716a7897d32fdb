"""What containers wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class LogChunk:
    """Bytes of one stream ("stdout" or "stderr"), with the time of the first of them.

    `data` holds whole lines with their newline, or a part of a line without one.
    """

    stream: str
    time: datetime
    data: bytes


@dataclass(frozen=True)
class LogQuery:
    """`tail` is a number of lines counted from the end, None for all; `since`, `until` are inclusive bounds.

    `by_line` asks for chunks of one line (or part of one) each, so that each has its own time.
    """

    tail: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    by_line: bool = False


class ContainerLogs(Protocol):
    """CRI log files."""

    def read(self, path: str, query: LogQuery, ended: asyncio.Event | None) -> AsyncGenerator[LogChunk, None]:
        """What the log holds, in order and without loss; a missing file is an empty log.

        With `ended`, go on with what is still being written, until that event is set and all that the
        runtime had to write is read.
        """
        ...

    async def rotate(self, path: str, largest: int, files: int) -> bool:
        """Put a log of more than `largest` bytes aside; at most `files` are kept, the one to come included.

        Whether the runtime has to open the log anew: also when it was put aside before, and it did not.
        """
        ...

    async def remove(self, path: str) -> None:
        """Remove a log file, its rotated ones, and folders left empty. Idempotent."""
        ...


class KeptLogs(Protocol):
    """Logs of containers that were removed, for as long as they are kept."""

    async def keep(self, paths: tuple[str, ...], container_id: str, name: str) -> None:
        """Take a container's logs over from where it wrote them."""
        ...

    async def find(self, reference: str) -> str:
        """The last log of a container by name, id, or beginning of an id; the newest one's, "" if there is none."""
        ...

    async def expire(self) -> None:
        """Remove those that were kept long enough."""
        ...

    async def clear(self) -> None:
        """Remove all of them."""
        ...


class LogWriters(Protocol):
    """Who writes the logs: the runtime."""

    async def reopen(self, runtime_id: str) -> None:
        """Have it write to a fresh file at the log's path. Raises NotFound when the container does not run."""
        ...
