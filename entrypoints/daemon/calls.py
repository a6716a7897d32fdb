"""What every call of k3c.v1 goes through: a request id, a log line, and errors turned into statuses."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, NoReturn

import grpc
import structlog

from application.support.events import caller
from domain.errors import K3cError
from entrypoints.api.errors import DETAILS_KEY, code_of, to_details
from entrypoints.daemon.callers import Callers, beside

REQUEST_ID = "x-request-id"
_LONGEST_REQUEST_ID = 64
_log = structlog.get_logger("calls")
_Context = grpc.aio.ServicerContext[Any, Any]
_STATUSES = {status.value[0]: status for status in grpc.StatusCode}


class Calls(grpc.aio.ServerInterceptor):
    """Wraps the handlers of k3c's own services; forwarded calls pass untouched."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return the handler of a call, wrapped if the call is one of k3c.v1."""
        found = await continuation(handler_call_details)
        handler: Any = found  # its type knows of synchronous behaviours only
        method = handler_call_details.method
        if found is None or not method.startswith("/k3c.v1."):
            return found
        kept = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.request_streaming and not handler.response_streaming:
            return grpc.stream_unary_rpc_method_handler(
                _unary(self._begin, method, handler.stream_unary), **kept
            )
        if handler.request_streaming:
            return grpc.stream_stream_rpc_method_handler(
                _stream(self._begin, method, handler.stream_stream), **kept
            )
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                _stream(self._begin, method, handler.unary_stream), **kept
            )
        return grpc.unary_unary_rpc_method_handler(_unary(self._begin, method, handler.unary_unary), **kept)

    def _begin(self, method: str, context: _Context) -> float:
        """Bind the request id and the caller to the call's task; return the time at which the call began."""
        metadata = dict(context.invocation_metadata() or ())
        request = str(metadata.get(REQUEST_ID, ""))[:_LONGEST_REQUEST_ID] or secrets.token_hex(4)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request, method=method.removeprefix("/k3c.v1."))
        connection = self._callers.of(str(metadata.get("user-agent", "")))
        caller.set(connection.caller if connection else None)
        beside.set(connection)
        _log.debug("called")
        return time.monotonic()


_Begin = Callable[[str, _Context], float]


def _unary(
    begin: _Begin, method: str, behaviour: Callable[[Any, _Context], Awaitable[Any]]
) -> Callable[..., Any]:
    async def call(request: object, context: _Context) -> object:
        began = begin(method, context)
        try:
            answer = await behaviour(request, context)
        except Exception as error:  # noqa: BLE001 - the outermost frame of a call: all is logged and sent on
            await _fail(error, context, began)
        _log.debug("answered", seconds=round(time.monotonic() - began, 4))
        return answer

    return call


def _stream(
    begin: _Begin, method: str, behaviour: Callable[[Any, _Context], Any]
) -> Callable[..., AsyncIterator[Any]]:
    async def call(request: object, context: _Context) -> AsyncIterator[object]:
        began = begin(method, context)
        try:
            async with aclosing(behaviour(request, context)) as answers:
                async for answer in answers:
                    yield answer
        except Exception as error:  # noqa: BLE001 - as above
            await _fail(error, context, began)
        _log.debug("answered", seconds=round(time.monotonic() - began, 4))

    return call


async def _fail(error: Exception, context: _Context, began: float) -> NoReturn:
    seconds = round(time.monotonic() - began, 4)
    if isinstance(error, K3cError):
        _log.info("refused", error=type(error).__name__, seconds=seconds, **_loggable(error))
        details = ((DETAILS_KEY, to_details(error)),)
        await context.abort(_STATUSES[code_of(error)], str(error)[:1000], trailing_metadata=details)
    _log.error("failed", seconds=seconds, exc_info=error)
    await context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}"[:1000])


def _loggable(error: K3cError) -> dict[str, str]:
    """Return an error's fields without the values of environment variables."""
    fields = error.fields()
    if fields.get("what") == "environment variable":
        fields["value"] = fields["value"].partition("=")[0]
    return {f"error_{name}": value for name, value in fields.items()}
