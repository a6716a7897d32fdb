"""Logs on the wire."""

from __future__ import annotations

from application.ports.logs import LogChunk
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.times import timestamp


def chunk_to_wire(chunk: LogChunk) -> pb.Output:
    """A piece of output."""
    return pb.Output(stream=chunk.stream, data=chunk.data, time=timestamp(chunk.time))
