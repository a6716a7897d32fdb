"""The ends of a FakeRuntime's containers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from tests.unit.fakes.sandbox_runtime import FakeRuntime

_GAP = ""


class FakeContainerExits:
    """ContainerExits of a FakeRuntime. While it is `lost` nothing is told; `find` makes up with a gap."""

    def __init__(self, world: FakeRuntime) -> None:
        self.world = world
        self._watchers: list[asyncio.Queue[str]] = []
        self._is_lost = False
        self.short: asyncio.Queue[str] = asyncio.Queue()
        world.listeners.append(self._tell)

    async def watch(self) -> AsyncGenerator[str, None]:
        """A gap, then ids as containers end."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        queue.put_nowait(_GAP)
        self._watchers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.remove(queue)

    async def watch_memory(self) -> AsyncGenerator[str, None]:
        """Ids as tests put them into `short`."""
        while True:
            yield await self.short.get()

    def lose(self) -> None:
        """Lose the runtime: what ends is not told."""
        self._is_lost = True

    def find(self) -> None:
        """Find it again."""
        self._is_lost = False
        self._tell(_GAP)

    def _tell(self, runtime_id: str) -> None:
        if not self._is_lost:
            for queue in self._watchers:
                queue.put_nowait(runtime_id)
