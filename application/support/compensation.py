"""Undoing the steps of an operation that failed or was cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager


class Compensation:
    """Undo actions, kept in order while an operation goes on."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    def add(self, undo: Callable[[], Awaitable[None]]) -> None:
        """Have `undo` run, last first, if the operation does not come to its end."""
        self._stack.push_async_callback(undo)

    def forget(self) -> None:
        """Keep what was done, whatever happens from here on."""
        self._stack.pop_all()


@asynccontextmanager
async def compensating() -> AsyncIterator[Compensation]:
    """Run the undo actions if the block raises or is cancelled; a second cancellation cannot stop them."""
    stack = AsyncExitStack()
    try:
        yield Compensation(stack)
    except BaseException as failure:
        undone = asyncio.ensure_future(stack.aclose())
        await _to_the_end(undone)
        if error := undone.exception():
            failure.add_note(f"undoing it failed as well: {error!r}")
        raise


async def _to_the_end(task: asyncio.Future[None]) -> None:
    """Wait for the task, whoever cancels the waiting; its exception is left in it."""
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
