"""Logs on the wire."""

from __future__ import annotations

from application.ports.logs import LogChunk, LogQuery
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.times import nanoseconds, time_from_wire, time_to_wire


def chunk_to_wire(chunk: LogChunk) -> pb.Output:
    """Map a piece of output."""
    sent = pb.Output(stream=chunk.stream, data=chunk.data, time=time_to_wire(chunk.time))
    sent.time.nanos += chunk.nanoseconds
    return sent


def log_query_from_wire(request: pb.LogsRequest) -> LogQuery:
    """Map which part of a log is asked for."""
    return LogQuery(
        tail=request.tail if request.HasField("tail") else None,
        since=time_from_wire(request.since) if request.HasField("since") else None,
        until=time_from_wire(request.until) if request.HasField("until") else None,
        by_line=request.by_line,
        since_nanoseconds=nanoseconds(request.since),
        until_nanoseconds=nanoseconds(request.until),
    )
