"""Failures that tests have a fake meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import K3cError


class Faults:
    """Errors by method, each met by one call, in the order they were made.

    With `after` the call has done its work when it fails: an answer that is lost.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[Exception, bool]]] = {}

    def fail(self, method: str, error: Exception, *, times: int = 1, after: bool = False) -> None:
        """Have the next `times` calls of a method raise `error`."""
        self._waiting.setdefault(method, []).extend([(error, after)] * times)

    @asynccontextmanager
    async def call(self, method: str) -> AsyncIterator[None]:
        """Give others a turn before the block and after it, and fail there if that was asked for.

        So one that is cancelled may have done its work all the same, as a real call may.
        """
        await asyncio.sleep(0)
        waiting = self._waiting.get(method)
        error, after = waiting.pop(0) if waiting else (None, False)
        if error is not None and not after:
            raise error
        try:
            yield
        except K3cError as refusal:
            if error is None:
                raise
            raise error from refusal
        await asyncio.sleep(0)
        if error is not None:
            raise error
