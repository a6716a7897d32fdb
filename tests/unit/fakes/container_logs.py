"""Container logs, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import PurePosixPath

from application.ports.logs import LogChunk, LogQuery, Unread
from tests.unit.fakes.faults import Faults


@dataclass
class FakeLog:
    """A log: what was written, whether the runtime still has it open, and a bell for readers."""

    chunks: list[LogChunk] = field(default_factory=list)
    open: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class FakeContainerLogs:
    """ContainerLogs; tests write with `write`. Failures: "read" (at its start), "remove"."""

    def __init__(self) -> None:
        self.logs: dict[str, FakeLog] = {}
        self.faults = Faults()
        self._waiting: set[asyncio.Event] = set()

    async def append(self, path: str, time: datetime, unread: tuple[Unread, ...]) -> None:
        """Add lines."""
        for part in unread:
            for line in BytesIO(part.data):
                self.write(path, line, part.stream, time)

    def write(self, path: str, data: bytes, stream: str = "stdout", time: datetime | None = None) -> None:
        """Write one line with its newline, or a part of one without."""
        self.logs.setdefault(path, FakeLog()).chunks.append(LogChunk(stream, time or datetime.now(UTC), data))
        self._ring()

    def close(self, path: str) -> None:
        """Have the runtime close the log: nothing more comes."""
        self.logs.setdefault(path, FakeLog()).open = False
        self._ring()

    async def read(
        self, path: str, query: LogQuery, ended: asyncio.Event | None
    ) -> AsyncGenerator[LogChunk, None]:
        """One chunk a line, which the port allows with and without `by_line`."""
        async with self.faults.call("read"):
            earlier = [] if query.alone else self._earlier(path)
        place = 0
        if query.tail is not None:
            place = tail_start([*earlier, *self._chunks(path)], query.tail)
        for chunk in earlier[place:]:
            if query.includes(chunk):
                yield chunk
        place = max(0, place - len(earlier))
        bell = asyncio.Event()
        self._waiting.add(bell)
        try:
            while True:
                bell.clear()
                over = ended is None or (ended.is_set() and not self._is_open(path))
                for chunk in self._chunks(path)[place:]:
                    place += 1
                    if query.includes(chunk):
                        yield chunk
                if over or _is_past(query):
                    return
                await _next(bell, ended, query.until)
        finally:
            self._waiting.discard(bell)

    async def rotate(self, path: str, largest: int, files: int) -> bool:
        """Nothing here grows."""
        return bool(path) and largest < 0 < files

    async def trim(self, path: str, most: int, files: int) -> None:
        """Forget the lives before while there is too much, each of them a file."""
        for earlier in self._lives(path)[: -files + 1 or None]:
            if sum(len(chunk.data) for chunk in [*self._earlier(path), *self._chunks(path)]) > most:
                del self.logs[earlier]

    async def remove(self, path: str) -> None:
        """Forget the log."""
        async with self.faults.call("remove"):
            self.logs.pop(path, None)

    def _earlier(self, path: str) -> list[LogChunk]:
        return [chunk for life in self._lives(path) for chunk in self._chunks(life)]

    def _lives(self, path: str) -> list[str]:
        """The logs of the lives before, the first life first."""
        log = PurePosixPath(path)
        numbers = range(1, int(log.stem)) if log.stem.isdigit() else ()
        return [life for number in numbers if (life := str(log.with_name(f"{number}.log"))) in self.logs]

    def _chunks(self, path: str) -> list[LogChunk]:
        return self.logs[path].chunks if path in self.logs else []

    def _is_open(self, path: str) -> bool:
        return path in self.logs and self.logs[path].open

    def _ring(self) -> None:
        for bell in self._waiting:
            bell.set()


async def _next(bell: asyncio.Event, ended: asyncio.Event | None, until: datetime | None) -> None:
    """Wait for the bell, for an end that was not yet, for the time: whichever is first."""
    waiting = [asyncio.create_task(event.wait()) for event in (bell, ended) if event and not event.is_set()]
    timeout = (until - datetime.now(UTC)).total_seconds() if until else None
    try:
        if not bell.is_set():
            await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def tail_start(chunks: list[LogChunk], lines: int) -> int:
    """Where the last lines begin; an unended line at the end counts as one."""
    for place in range(len(chunks), 0, -1):
        ends_line = chunks[place - 1].data.endswith(b"\n") or place == len(chunks)
        if ends_line and not lines:
            return place
        lines -= ends_line
    return 0


def _is_past(query: LogQuery) -> bool:
    return query.until is not None and datetime.now(UTC) > query.until


class FakeKeptLogs:
    """KeptLogs that keeps the last log of each, without end."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, str, str]] = []

    async def keep(self, paths: tuple[str, ...], container_id: str, name: str) -> None:
        """Note it."""
        self._kept += [(container_id, name, path) for path in paths[-1:]]

    async def find(self, reference: str) -> str:
        """The one noted last."""
        for container_id, name, path in reversed(self._kept):
            if reference and (name == reference or container_id.startswith(reference)):
                return path
        return ""

    async def expire(self) -> None:
        """Nothing grows old here."""

    async def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
