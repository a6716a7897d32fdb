"""Work that continues after the answer to a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from domain.errors import K3cError

Work = Callable[[], Awaitable[None]]


class Background:
    """Takes work from use cases; the daemon runs it in tasks of its own.

    Work that is unfinished when the daemon ends is lost, so only work that reconciliation repeats belongs
    here.
    """

    def __init__(self, failed: Callable[[str, K3cError], None]) -> None:
        self._failed = failed
        self._waiting: asyncio.Queue[tuple[str, Work]] = asyncio.Queue()

    def add(self, name: str, work: Work) -> None:
        """Run `work` soon. A K3cError that it raises is passed to `failed`; any other exception ends the daemon."""
        self._waiting.put_nowait((name, work))

    async def run(self) -> None:
        """Run the work as it is added. Never returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                name, work = await self._waiting.get()
                group.create_task(self._do(name, work), name=name)

    async def _do(self, name: str, work: Work) -> None:
        try:
            await work()
        except K3cError as error:
            self._failed(name, error)
