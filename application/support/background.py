"""Work that continues after the answer to a request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Work = Callable[[], Awaitable[None]]


class Background:
    """Takes work from use cases; the daemon runs it in tasks of its own.

    Work that is unfinished when the daemon ends is lost, so only work that reconciliation repeats belongs
    here.
    """

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        self._failed = failed
        self._waiting: asyncio.Queue[tuple[str, Work]] = asyncio.Queue()

    def add(self, name: str, work: Work) -> None:
        """Run `work` soon. An exception that it raises is passed to `failed`, and ends no other work."""
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
        except Exception as error:  # noqa: BLE001 (one failure stays one failure: `failed` logs it)
            self._failed(name, error)
