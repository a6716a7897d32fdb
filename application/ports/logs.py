"""The logs of containers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class LogChunk:
    """Bytes of one stream ("stdout" or "stderr"), with the time of the first byte.

    `data` holds whole lines with their newlines, or a part of one line without a newline; `nanoseconds` are
    those beyond the microsecond of `time`, 0 to 999.
    """

    stream: str
    time: datetime
    data: bytes
    nanoseconds: int = 0


@dataclass(frozen=True)
class LogQuery:
    """Which part of a log is read.

    `tail` is a number of lines counted from the end, None for all; `since` and `until` are inclusive bounds, with
    the nanoseconds beyond their microseconds.
    `by_line` asks for chunks of one line (or a part of one line) each, so that each line has its own time.
    `alone` leaves out what the container wrote in its earlier lives.
    """

    tail: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    by_line: bool = False
    alone: bool = False
    since_nanoseconds: int = 0
    until_nanoseconds: int = 999

    def includes(self, chunk: LogChunk) -> bool:
        """Whether a chunk is within the bounds."""
        at = (chunk.time, chunk.nanoseconds)
        return (self.since is None or at >= (self.since, self.since_nanoseconds)) and (
            self.until is None or at <= (self.until, self.until_nanoseconds)
        )


@dataclass(frozen=True)
class Unread:
    """Bytes that a container has written to a stream ("stdout" or "stderr")."""

    stream: str
    data: bytes


class UnreadOutput(Protocol):
    """What running containers write while the runtime, which reads it, is down."""

    async def hold(self, runtime_id: str) -> None:
        """Keep the output of a container that runs, in case that it ends while the runtime is down. Idempotent.

        It is kept until somebody has read it, also when this process ends. Raises RuntimeFailed.
        """
        ...

    async def take(self, runtime_id: str) -> tuple[Unread, ...]:
        """What a container has written and nobody has read. To be called while the runtime is down.

        Only of a container that was held while it ran all is given.
        """
        ...

    async def end(self) -> None:
        """Keep nothing any more."""
        ...


class ContainerLogs(Protocol):
    """The log files of containers, in the format of CRI."""

    def read(self, path: str, query: LogQuery, ended: asyncio.Event | None) -> AsyncGenerator[LogChunk, None]:
        """The content of a log, in order and without loss; a file that does not exist is an empty log.

        The logs of the container's earlier lives, `1.log` and so on beside it, come before it.

        With `ended`, what is still being written follows, until that event is set and all that the runtime
        had to write has been read.
        """
        ...

    async def rotate(self, path: str, largest: int, files: int) -> bool:
        """Set a log of more than `largest` bytes aside; at most `files` files are kept, the next one included.

        Returns whether the runtime has to reopen the log, which includes a log that was set aside earlier and
        has not been reopened.
        """
        ...

    async def append(self, path: str, time: datetime, unread: tuple[Unread, ...]) -> None:
        """Add what a container wrote and the runtime did not, each line with this time.

        A last line without a newline stays without. The runtime must not write to the log at that moment.
        """
        ...

    async def trim(self, path: str, most: int, files: int) -> None:
        """Remove the oldest files of a log and of the earlier lives.

        The newest `files` are kept, and more as long as they have at most `most` bytes together.
        """
        ...

    async def remove(self, path: str) -> None:
        """Remove a log file, its rotated files, and the folders that are left empty. Idempotent."""
        ...


class KeptLogs(Protocol):
    """The logs of removed containers, for as long as they are kept."""

    async def keep(self, paths: tuple[str, ...], container_id: str, name: str) -> None:
        """Take over a container's log files."""
        ...

    async def find(self, reference: str) -> str:
        """The path of the last log of a removed container by its name, id, or the beginning of its id.

        Of several the newest; "" if there is none.
        """
        ...

    async def expire(self) -> None:
        """Remove the logs that were kept long enough."""
        ...

    async def clear(self) -> None:
        """Remove all kept logs."""
        ...


class LogWriters(Protocol):
    """The writer of the logs: the runtime."""

    async def reopen(self, runtime_id: str) -> None:
        """Have the runtime write to a new file at the log's path. Raises NotFound if the container does not run."""
        ...
