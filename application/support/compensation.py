"""Undoing the steps of an operation that failed or was cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager


class Compensation:
    """The undo actions of an operation, in the order of its steps."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    def add(self, undo: Callable[[], Awaitable[None]]) -> None:
        """Run `undo` if the operation fails; the action that was added last runs first."""
        self._stack.push_async_callback(undo)

    def forget(self) -> None:
        """Drop all undo actions: what was done so far is kept, whatever happens from here on."""
        self._stack.pop_all()


@asynccontextmanager
async def compensating() -> AsyncIterator[Compensation]:
    """Run the undo actions if the block raises or is cancelled; a further cancellation does not interrupt them."""
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
    """Wait until the task is done, despite cancellations; its exception stays in the task."""
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
