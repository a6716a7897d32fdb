"""The CRI log format: `<RFC3339Nano> stdout|stderr F|P[:more] <data>`, one record a line.

F ends a line of the container's; P is a part of one, without its newline. The timestamp's length
varies. The format is the kubelet's (KEP-0008, "CRI log format"), as containerd writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from application.ports.logs import LogChunk, LogQuery
from domain import gate

_STREAMS = {b"stdout": "stdout", b"stderr": "stderr"}
# From the space behind the timestamp: " stdout F ". Both streams' names have six letters.
_HEAD_LENGTH = 10
_TAG_AT = 8


def is_full(record: bytes) -> bool:
    """Whether a record ends a line of the container's."""
    at = record.find(b" ")
    return at >= 0 and record[at + _TAG_AT : at + _TAG_AT + 1] == b"F" and not _is_mark(record)


def _is_mark(record: bytes) -> bool:
    """Whether a record is what the gate wrote before the container's program did."""
    return gate.END in record and gate.LINE.fullmatch(record, record.find(b" ") + _HEAD_LENGTH) is not None


def parse(block: bytes, query: LogQuery) -> list[LogChunk]:
    """The chunks of whole records that `query` lets through (its `tail` apart), in order.

    What is not a record (zeros after a power failure, say) is left out; within a run the times are not
    looked at.
    """
    if gate.END in block:
        block = b"".join(record for record in BytesIO(block) if not _is_mark(record))
    if query.by_line or query.since or query.until:
        return [chunk for chunk in _singles(block) if _within(chunk.time, query)]
    return _runs(block)


def _runs(block: bytes) -> list[LogChunk]:
    """One chunk for each run of records of one stream."""
    chunks: list[LogChunk] = []
    head, data = b"", [b""]
    for record in BytesIO(block):
        # All that is done for most records; everything here counts, at millions of them a second.
        at = record.find(b" ")
        if record[at : at + _HEAD_LENGTH] == head:
            data.append(record[at + _HEAD_LENGTH :])
            continue
        single = _single(record)
        if single is None:
            continue
        if not chunks or chunks[-1].stream != single.stream:
            _finish(chunks, data)
            chunks.append(single)
            head, data = f" {single.stream} F ".encode(), [single.data]
        else:
            data.append(single.data)
    _finish(chunks, data)
    return chunks


def _finish(chunks: list[LogChunk], data: list[bytes]) -> None:
    if chunks and len(data) > 1:
        chunks[-1] = LogChunk(chunks[-1].stream, chunks[-1].time, b"".join(data))


def _singles(block: bytes) -> Iterator[LogChunk]:
    return filter(None, map(_single, BytesIO(block)))


def _single(record: bytes) -> LogChunk | None:
    """One record as a chunk; None if it is none. A record cut short keeps what it has of its data."""
    fields = record.split(b" ", 3)
    if len(fields) != 4 or fields[1] not in _STREAMS:
        return None
    try:
        # Nanoseconds are cut to microseconds.
        time = datetime.fromisoformat(fields[0].decode("ascii"))
    except ValueError:
        return None
    if time.tzinfo is None:
        return None
    data = fields[3] if fields[2].startswith(b"F") else fields[3].removesuffix(b"\n")
    return LogChunk(_STREAMS[fields[1]], time, data)


def _within(time: datetime, query: LogQuery) -> bool:
    return (query.since is None or time >= query.since) and (query.until is None or time <= query.until)
