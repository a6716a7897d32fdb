"""The status that the server gave to a call to which this side was still writing.

A write that fails because the server has ended the call makes grpc.aio put a status of its own in place of the
server's, before or after that arrives (grpc issue 36066). The call's done callbacks are called for both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import grpc

_OF_A_FAILED_WRITE = "Internal error from Core"
_TIMEOUT = 2.0  # seconds: the server's status is on its way when a write fails


@asynccontextmanager
async def server_status(call: Any) -> AsyncIterator[None]:
    """Have the server's own status raised where the block raises the status of a failed write.

    `call` is a grpc.aio call that was just made. Raises AioRpcError.
    """
    given: asyncio.Future[grpc.aio.AioRpcError] = asyncio.get_running_loop().create_future()

    def receive(ended: Any) -> None:
        error = _status(ended)
        if error.details() != _OF_A_FAILED_WRITE and not given.done():
            given.set_result(error)

    call.add_done_callback(receive)
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.details() != _OF_A_FAILED_WRITE or not (await asyncio.wait({given}, timeout=_TIMEOUT))[0]:
            raise
        raise given.result() from error


def _status(ended: Any) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        _at_once(ended.code()),
        grpc.aio.Metadata(),
        _at_once(ended.trailing_metadata()),
        details=_at_once(ended.details()),
    )


def _at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine of a call that is over, which has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    finally:
        coroutine.close()
    raise AssertionError("the call is not over")
