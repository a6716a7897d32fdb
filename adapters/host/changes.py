"""Noticing that files of a folder change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from asyncinotify import Inotify, Mask

_EVENTS = Mask.MODIFY | Mask.CLOSE_WRITE | Mask.CREATE | Mask.MOVED_TO
_LOOK_WITHOUT_WATCH = 0.05  # seconds


class Changes:
    """Whether the folder changed, or `ended` was set, since the last `clear`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._happened = asyncio.Event()
        self._inotify: Inotify | None = None

    def clear(self) -> None:
        """Forget earlier changes; call it before reading the files."""
        self._happened.clear()
        if self._inotify is None:
            self._watch()

    async def wait(self, longest: float) -> None:
        """Return at the next change, after `longest` seconds at most."""
        if self._inotify is None:
            longest = min(longest, _LOOK_WITHOUT_WATCH)
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await self._happened.wait()

    def wake(self) -> None:
        """Have `wait` return."""
        self._happened.set()

    def close(self) -> None:
        """Stop watching. Idempotent."""
        if self._inotify is not None:
            asyncio.get_running_loop().remove_reader(self._inotify.fd)
            self._inotify.close()
            self._inotify = None

    def _watch(self) -> None:
        # The folder may not be there yet, and the kernel's watches (128 a user by default) may be used
        # up: then the files are looked at often.
        with suppress(OSError):
            inotify = Inotify(sync_timeout=0)
            try:
                inotify.add_watch(self._folder, _EVENTS)
            except OSError:
                inotify.close()
                raise
            asyncio.get_running_loop().add_reader(inotify.fd, self._drain, inotify)
            self._inotify = inotify

    def _drain(self, inotify: Inotify) -> None:
        while inotify.sync_get() is not None:
            self._happened.set()


@asynccontextmanager
async def watching(folder: Path, ended: asyncio.Event) -> AsyncIterator[Changes]:
    """Watch a folder, which may not exist yet, and `ended`."""
    changes = Changes(folder)
    end = asyncio.create_task(ended.wait(), name=f"end of {folder}")
    end.add_done_callback(lambda _: changes.wake())
    try:
        yield changes
    finally:
        changes.close()
        end.cancel()
        await asyncio.wait({end})
