"""What an attached process does, on the wire."""

from __future__ import annotations

from application.use_cases.container.run import Created, Started
from domain.container import ContainerRecord, ExitStatus
from domain.streams import STDERR, Output
from entrypoints.api.k3c.v1 import container_pb2
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.api.mapping.container import created_to_wire, decided_ports_to_wire, exit_to_wire

StreamEvent = Created | Started | ContainerRecord | Output | ExitStatus | int | None
"""An int is the exit code of an exec's command, None says that the command runs."""


def started_to_wire(record: ContainerRecord) -> pb.StreamStarted:
    """Map a container that was started."""
    return pb.StreamStarted(id=record.id, tty=record.spec.tty, ports=decided_ports_to_wire(record))


def stream_event_to_wire(event: StreamEvent, *, tty: bool) -> pb.OpenResponse:
    """Map an event of a process; `tty` says whether the command of an exec has a terminal."""
    match event:
        case Created(record):
            return pb.OpenResponse(created=created_to_wire(record))
        case Started(record):
            return pb.OpenResponse(started=started_to_wire(record))
        case ContainerRecord():
            return pb.OpenResponse(started=started_to_wire(event))
        case Output(stream, data):
            return pb.OpenResponse(stderr=data) if stream == STDERR else pb.OpenResponse(stdout=data)
        case ExitStatus():
            return pb.OpenResponse(exited=exit_to_wire(event))
        case int():
            return pb.OpenResponse(exited=container_pb2.Exited(code=event))
    return pb.OpenResponse(started=pb.StreamStarted(tty=tty))
