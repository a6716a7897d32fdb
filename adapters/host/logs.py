"""The output of containers, from the log files that the runtime writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from adapters.host.changes import watching
from adapters.host.cri_log import Records, WholeLines, as_records, whole_lines
from adapters.host.errors import translated
from adapters.host.kept_logs import forget_kept_logs, keep_logs, kept_log
from adapters.host.log_files import (
    LogFile,
    append_log,
    is_current,
    open_log,
    remove_log,
    rotate_log,
    successor,
    trim_log,
)
from application.ports.logs import LogChunk, LogQuery, Unread

SERVICE = "logs"
_CLOSE_TIMEOUT = 10.0  # seconds that a file may stay open for writing after its container's end
_CLOSE_INTERVAL = 0.05  # seconds between looks while a file should be closed soon
_LOOK_ANYWAY = 1.0  # and else: inotify tells all, on the file systems that have it
_Result = TypeVar("_Result")


class CriContainerLogs:
    """application.ports.logs.ContainerLogs on CRI log files; raises RuntimeFailed when a file cannot be read."""

    def __init__(self, lines: WholeLines = whole_lines) -> None:
        self._lines = lines

    async def read(
        self, path: str, query: LogQuery, ended: asyncio.Event | None
    ) -> AsyncGenerator[LogChunk, None]:
        """Read the lives in order, each with its rotated files first; follow the last with `ended`.

        Once `ended` is set, following ends when no process has the file open for writing any more, or after
        10 seconds; it also ends at the query's `until`.
        """
        if not path:
            return
        records = Records(query, self._lines)
        files = await _in_thread(path, lambda: open_log(path, records))
        with ExitStack() as opened:
            for file in files:
                opened.callback(file.close)
            for place, file in enumerate(files):
                async for chunk in _drain(path, file):
                    yield chunk
                if ended is None or place < len(files) - 1:
                    for chunk in file.rest():
                        yield chunk
            if ended is not None:
                follower = _Follower(path, records, files[-1] if files else None, ended)
                opened.callback(follower.close)
                async for chunk in follower.chunks():
                    yield chunk

    async def rotate(self, path: str, largest: int, files: int) -> bool:
        """Rename the log to `<path>.<UTC time>`, as the kubelet does, and remove the oldest beyond `files`."""
        return await _in_thread(path, lambda: rotate_log(path, largest, files))

    async def append(self, path: str, time: datetime, unread: tuple[Unread, ...]) -> None:
        """Write records as containerd does: lines of the streams in turn, without a terminal's carriage returns."""
        records = b"".join(record for part in unread for record in as_records(part, time))
        if records:
            await _in_thread(path, lambda: append_log(path, records))

    async def trim(self, path: str, most: int, files: int) -> None:
        """Remove the oldest files in the log's folder."""
        await _in_thread(path, lambda: trim_log(path, most, files))

    async def remove(self, path: str) -> None:
        """Remove the file, the rotated files, and up to two levels of folders left empty."""
        if path:
            await _in_thread(path, lambda: remove_log(path))


class LinuxKeptLogs:
    """application.ports.logs.KeptLogs below the folder of logs, for `seconds`; 0 keeps no logs."""

    def __init__(self, root: str, seconds: float) -> None:
        self._root = root
        self._seconds = seconds

    async def keep(self, paths: tuple[str, ...], container_id: str, name: str) -> None:
        """Move the logs aside, unless logs are not kept: then they are left for `remove`."""
        if self._seconds and paths:
            await _in_thread(paths[-1], lambda: keep_logs(paths, container_id, name))

    async def find(self, reference: str) -> str:
        """Search the folders."""
        return await _in_thread(self._root, lambda: kept_log(self._root, reference))

    async def expire(self) -> None:
        """Remove old folders."""
        await _in_thread(self._root, lambda: forget_kept_logs(self._root, self._seconds))

    async def clear(self) -> None:
        """Remove all folders, and the folder that holds them."""
        await _in_thread(self._root, lambda: forget_kept_logs(self._root, 0))


class _Follower:
    """Reads a log, from file to file, until its end."""

    def __init__(self, path: str, records: Records, file: LogFile | None, ended: asyncio.Event) -> None:
        self._path = path
        self._records = records
        self._file = file
        self._ended = ended
        self._deadline: float | None = None

    async def chunks(self) -> AsyncGenerator[LogChunk, None]:
        """Yield what comes after the file's position."""
        async with watching(Path(self._path).parent, self._ended) as changes:
            while True:
                changes.clear()
                # Both are asked before the file is read to its end: what was written by then is read.
                ended, past = self._ended.is_set(), self._is_past()
                finished = await _in_thread(self._path, partial(self._is_finished, ended=ended))
                async for chunk in self._read(finished=finished):
                    yield chunk
                if past:
                    return
                if finished:
                    if await self._go_to_next():
                        continue
                    if ended:
                        return
                await changes.wait(_CLOSE_INTERVAL if self._deadline else _LOOK_ANYWAY)

    async def _read(self, *, finished: bool) -> AsyncGenerator[LogChunk, None]:
        if self._file is None:
            return
        async for chunk in _drain(self._path, self._file):
            yield chunk
        if finished:
            for chunk in self._file.rest():
                yield chunk

    def _is_finished(self, *, ended: bool) -> bool:
        """Return whether the file will not grow any more.

        That is so when it was rotated, or its container has ended, and it was closed.
        """
        if self._file is None:
            return True
        if not ended and is_current(self._path, self._file):
            return False
        if self._deadline is None:
            self._deadline = time.monotonic() + _CLOSE_TIMEOUT
        return self._file.is_finished() or time.monotonic() > self._deadline

    async def _go_to_next(self) -> bool:
        """Open the file that came after this file, if there is such a file."""
        later = await _in_thread(self._path, lambda: successor(self._path, self._file, self._records))
        if later is None:
            return False
        self.close()
        self._file, self._deadline = later, None
        return True

    def close(self) -> None:
        """Close the present file."""
        if self._file is not None:
            self._file.close()

    def _is_past(self) -> bool:
        until = self._records.query.until
        return until is not None and datetime.now(UTC) > until


async def _drain(path: str, file: LogFile) -> AsyncGenerator[LogChunk, None]:
    """Yield all chunks up to the file's present end; a thread reads ahead while some are being used."""
    at_end = False
    ahead = asyncio.ensure_future(_in_thread(path, file.read))
    try:
        while not at_end:
            chunks, at_end = await ahead
            if not at_end:
                ahead = asyncio.ensure_future(_in_thread(path, file.read))
            for chunk in chunks:
                yield chunk
    finally:
        ahead.cancel()


async def _in_thread(path: str, work: Callable[[], _Result]) -> _Result:
    with translated(SERVICE, path):
        return await asyncio.to_thread(work)
