"""Calls that must not be cut off half way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from application.support.compensation import compensating

_Answer = TypeVar("_Answer")
_TIMEOUT = 10.0  # seconds for a call whose caller has given up


async def answer_of(call: Awaitable[_Answer]) -> _Answer:
    """Await a gRPC call, as the coroutine that a task is made of."""
    return await call


async def uninterrupted(call: Coroutine[Any, Any, _Answer], name: str) -> _Answer:
    """Await a call; a cancellation takes effect when the call has ended.

    When such a call is cut off, containerd gives up in the middle: a cancelled StartContainer left a `runc
    init` and its cgroup behind, which no later removal of the container or the pod took away.
    """
    async with compensating() as undo:
        task = asyncio.create_task(call, name=name)
        undo.add(lambda: _wait_for_end(task))
        return await asyncio.shield(task)


async def _wait_for_end(task: asyncio.Task[_Answer]) -> None:
    """Wait until a call has ended, with or without success; cut it off when it takes too long."""
    await asyncio.wait({task}, timeout=_TIMEOUT)
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # taken note of: the caller has its own failure
