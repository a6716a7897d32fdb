"""Work that goes on after the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from domain.errors import K3cError

Work = Callable[[], Awaitable[None]]


class Background:
    """Takes work from use cases; the daemon does it, side by side, in tasks of its own.

    What is undone when the daemon ends is found again by reconciling, so nothing here is a promise.
    """

    def __init__(self, failed: Callable[[str, K3cError], None]) -> None:
        self._failed = failed
        self._waiting: asyncio.Queue[tuple[str, Work]] = asyncio.Queue()

    def add(self, name: str, work: Work) -> None:
        """Have it done soon. A K3cError that it raises is given to `failed`, anything else ends the daemon."""
        self._waiting.put_nowait((name, work))

    async def run(self) -> None:
        """Do what comes. Never returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                name, work = await self._waiting.get()
                group.create_task(self._do(name, work), name=name)

    async def _do(self, name: str, work: Work) -> None:
        try:
            await work()
        except K3cError as error:
            self._failed(name, error)
