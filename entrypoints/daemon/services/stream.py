"""k3c.v1.StreamService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

import grpc
import structlog

from application.lifecycle.sessions import Attachment, Execution, Session
from application.ports.streams import ContainerStreams, ExecRequest
from application.use_cases.container.attach import AttachContainer
from application.use_cases.container.exec import ExecCommand
from application.use_cases.container.run import Created, RunContainer, Started
from application.use_cases.container.start_attached import StartAttached
from domain.container import ContainerRecord, ExitStatus
from domain.errors import InvalidArgument, K3cError
from domain.streams import STDERR, Output, TerminalSize
from entrypoints.api.k3c.v1 import k3c_pb2, streams_pb2_grpc
from entrypoints.api.k3c.v1 import streams_pb2 as pb
from entrypoints.api.mapping.container import exit_to_wire
from entrypoints.api.mapping.spec import decided_ports, spec_from_wire

_log = structlog.get_logger("streams")
_Context = grpc.aio.ServicerContext[Any, Any]
_Events = AsyncGenerator[Any, None]


@dataclass(frozen=True)
class StreamService(streams_pb2_grpc.StreamServiceServicer):
    """Reads what is wanted, feeds what is typed, writes what comes."""

    run: RunContainer
    start: StartAttached
    attach: AttachContainer
    exec_: ExecCommand
    streams: ContainerStreams

    async def Open(
        self, request_iterator: AsyncIterator[pb.OpenRequest], context: _Context
    ) -> AsyncIterator[pb.OpenResponse]:
        """One process with its streams."""
        requests = aiter(request_iterator)
        async with AsyncExitStack() as stack:
            first = await anext(requests, pb.OpenRequest())
            session, events = self._begin(first)
            if isinstance(session, Attachment):
                stack.push_async_callback(session.close)
            feeding = asyncio.create_task(_feed(session, requests), name="input")
            stack.push_async_callback(_end, feeding)
            tty = first.WhichOneof("request") == "exec" and first.exec.tty
            async for event in await stack.enter_async_context(aclosing(events)):
                yield _answer(event, tty=tty)

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
                asked = first.exec
                return execution, self.exec_(asked.container, _exec_request(asked), execution)
        raise InvalidArgument("request", "", "no-first-message")

    def _attachment(
        self, asked: pb.RunAttached | pb.StartAttached | pb.AttachContainer, *, stdin: bool
    ) -> Attachment:
        return Attachment(self.streams, stdin=stdin, size=_size(asked))


def _size(
    asked: pb.RunAttached | pb.StartAttached | pb.AttachContainer | pb.ExecCommand,
) -> TerminalSize | None:
    return TerminalSize(asked.size.rows, asked.size.columns) if asked.HasField("size") else None


def _exec_request(asked: pb.ExecCommand) -> ExecRequest:
    return ExecRequest(
        arguments=tuple(asked.command),
        environment=tuple(asked.environment),
        working_dir=asked.working_dir,
        user=asked.user,
        privileged=asked.privileged,
        tty=asked.tty,
        stdin=asked.stdin,
        streams=not asked.detach,
        size=_size(asked),
    )


async def _feed(session: Session, requests: AsyncIterator[pb.OpenRequest]) -> None:
    """Give a process what is typed for it. Where that fails its output tells what became of it."""
    try:
        async for request in requests:
            match request.WhichOneof("request"):
                case "stdin":
                    await session.write(request.stdin)
                case "end":
                    await session.end_input()
                case "size":
                    await session.resize(TerminalSize(request.size.rows, request.size.columns))
                case "signal":
                    await session.signal(request.signal)
    except K3cError as error:
        _log.info("input was not taken", error=type(error).__name__, problem=str(error))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _answer(
    event: Created | Started | ContainerRecord | Output | ExitStatus | int | None, *, tty: bool
) -> pb.OpenResponse:
    match event:
        case Created(record):
            created = k3c_pb2.CreateContainerResponse(id=record.id, name=record.name)
            return pb.OpenResponse(created=created)
        case Started(record):
            return _started(record)
        case ContainerRecord():
            return _started(event)
        case Output(stream, data):
            return pb.OpenResponse(stderr=data) if stream == STDERR else pb.OpenResponse(stdout=data)
        case ExitStatus():
            return pb.OpenResponse(exited=exit_to_wire(event))
        case int():
            return pb.OpenResponse(exited=k3c_pb2.Exited(code=event))
    return pb.OpenResponse(started=pb.StreamStarted(tty=tty))


def _started(record: ContainerRecord) -> pb.OpenResponse:
    started = pb.StreamStarted(id=record.id, tty=record.spec.tty, ports=decided_ports(record))
    return pb.OpenResponse(started=started)
