"""k3c.v1.StreamService."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog

from application.lifecycle.sessions import Attachment, Execution, Session
from application.ports.streams import ContainerStreams
from application.use_cases.container.attach import AttachContainer
from application.use_cases.container.exec import ExecCommand
from application.use_cases.container.run import RunContainer
from application.use_cases.container.start_attached import StartAttached
from domain.errors import InvalidArgument, K3cError, NotFound
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.api.k3c.v1 import stream_pb2_grpc
from entrypoints.api.mapping.exec import exec_request_from_wire
from entrypoints.api.mapping.spec import spec_from_wire
from entrypoints.api.mapping.stream import stream_event_to_wire
from entrypoints.api.mapping.terminal import size_from_wire
from entrypoints.daemon.callers import beside

_log = structlog.get_logger("streams")
_Context = grpc.aio.ServicerContext[Any, Any]
_Events = AsyncGenerator[Any, None]


@dataclass(frozen=True)
class StreamService(stream_pb2_grpc.StreamServiceServicer):
    """Reads the request, passes input on to the process, and writes what the process does."""

    run: RunContainer
    start: StartAttached
    attach: AttachContainer
    exec_: ExecCommand
    streams: ContainerStreams
    _sessions: dict[str, Session] = field(default_factory=dict, init=False)

    async def Open(
        self, request_iterator: AsyncIterator[pb.OpenRequest], context: _Context
    ) -> AsyncIterator[pb.OpenResponse]:
        """Run, start, attach to or execute a process, with its streams."""
        requests = aiter(request_iterator)
        async with AsyncExitStack() as stack:
            first = await anext(requests, pb.OpenRequest())
            session, events = self._begin(first)
            if isinstance(session, Attachment):
                stack.push_async_callback(session.close)
            feeding = asyncio.create_task(_feed(session, requests), name="input")
            stack.push_async_callback(_end, feeding)
            key = stack.enter_context(self._controllable(session))
            tty = first.WhichOneof("request") == "exec" and first.exec.tty
            async for event in await stack.enter_async_context(aclosing(events)):
                response = stream_event_to_wire(event, tty=tty)
                if response.HasField("started"):
                    response.started.session = key
                    if first.exec.beside and isinstance(session, Execution):
                        response.started.pipes.extend(_hand_over(session))
                yield response

    async def Control(self, request: pb.ControlRequest, context: _Context) -> pb.ControlResponse:
        """Resize the terminal of a process, or signal it, whatever input waits for it."""
        session = self._sessions.get(request.session)
        if session is None:
            raise NotFound("session", request.session)
        match request.WhichOneof("control"):
            case "size":
                await session.resize(size_from_wire(request.size))
            case "signal":
                await session.signal(request.signal)
        return pb.ControlResponse()

    @contextmanager
    def _controllable(self, session: Session) -> Iterator[str]:
        """Have Control find the session, by the key that is the value of the block."""
        key = secrets.token_hex(16)
        self._sessions[key] = session
        try:
            yield key
        finally:
            del self._sessions[key]

    def _begin(self, first: pb.OpenRequest) -> tuple[Session, _Events]:
        match first.WhichOneof("request"):
            case "run":
                spec = spec_from_wire(first.run.spec)
                attachment = self._attachment(first.run, stdin=spec.stdin)
                return attachment, self.run(spec, first.run.name, attachment)
            case "start":
                attachment = self._attachment(first.start, stdin=first.start.stdin)
                return attachment, self.start(first.start.container, attachment)
            case "attach":
                attachment = self._attachment(first.attach, stdin=first.attach.stdin)
                return attachment, self.attach(first.attach.container, attachment)
            case "exec":
                execution = Execution()
                request = exec_request_from_wire(first.exec)
                return execution, self.exec_(first.exec.container, request, execution)
        raise InvalidArgument("request", "", "no-first-message")

    def _attachment(
        self,
        asked: pb.RunAttached | pb.StartAttached | pb.AttachContainer,
        *,
        stdin: bool,
    ) -> Attachment:
        size = size_from_wire(asked.size) if asked.HasField("size") else None
        return Attachment(self.streams, stdin=stdin, size=size)


async def _feed(session: Session, requests: AsyncIterator[pb.OpenRequest]) -> None:
    """Pass input on to a process. A failure is logged only: the output of the process shows what became of it."""
    try:
        async for request in requests:
            match request.WhichOneof("request"):
                case "stdin":
                    await session.write(request.stdin)
                case "end":
                    await session.end_input()
    except K3cError as error:
        _log.info("input was not taken", error=type(error).__name__, problem=str(error))


def _hand_over(execution: Execution) -> Iterable[str]:
    """Give the pipes of a process to the caller; the streams that they are of, in order."""
    connection = beside.get()
    if connection is None or not connection.is_free:
        return ()
    pipes = execution.hand_over()
    try:
        if pipes:
            connection.hand_over(tuple(pipes.values()))
    finally:
        for descriptor in pipes.values():
            os.close(descriptor)
    return pipes


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
