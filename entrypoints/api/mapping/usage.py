"""What containers use and which processes they have, on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from application.use_cases.container.stats import Usage
from entrypoints.api.k3c.v1 import container_pb2 as pb


def usage_to_wire(usage: Usage) -> pb.Usage:
    """Map what a container uses; a container that does not run uses nothing."""
    record, sample = usage.record, usage.sample
    if sample is None:
        return pb.Usage(id=record.id, name=record.name)
    return pb.Usage(
        id=record.id,
        name=record.name,
        running=True,
        cpu=usage.cpu,
        memory=sample.memory,
        memory_limit=sample.memory_limit,
        received=sample.received,
        sent=sample.sent,
        read=sample.read,
        written=sample.written,
        processes=sample.processes,
    )


def processes_to_wire(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> pb.TopResponse:
    """Map the titles and rows of ps(1)."""
    return pb.TopResponse(titles=titles, processes=[pb.TopResponse.Row(fields=row) for row in rows])
