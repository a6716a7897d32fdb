"""The same work for many things, of which one that fails does not hinder the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

_AT_ONCE = 8


@dataclass(frozen=True)
class EachAlone:
    """Does work for many things side by side, at most eight at once."""

    failed: Callable[[str, Exception], None]

    async def __call__(self, about: str, work: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        """Do all work and return when it is done; a failure is passed to `failed` as `about` and the work's key."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def do(key: str, one: Callable[[], Awaitable[None]]) -> None:
            async with places:
                try:
                    await one()
                except Exception as error:  # noqa: BLE001 (one failure stays one failure: `failed` logs it)
                    self.failed(f"{about} {key}", error)

        async with asyncio.TaskGroup() as group:
            for key, one in work.items():
                group.create_task(do(key, one), name=f"{about} {key}")
