"""Further processes of containers, on the wire."""

from __future__ import annotations

from application.ports.streams import ExecRequest
from entrypoints.api.k3c.v1 import stream_pb2 as pb
from entrypoints.api.mapping.terminal import size_from_wire


def exec_request_from_wire(command: pb.ExecCommand) -> ExecRequest:
    """Map the request for a further process."""
    return ExecRequest(
        arguments=tuple(command.command),
        environment=tuple(command.environment),
        working_dir=command.working_dir,
        user=command.user,
        privileged=command.privileged,
        tty=command.tty,
        stdin=command.stdin,
        streams=not command.detach,
        size=size_from_wire(command.size) if command.HasField("size") else None,
    )
