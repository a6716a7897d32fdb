"""The CRI log format: `<RFC3339Nano> stdout|stderr F|P[:more] <data>`, a record in each line.

F ends a line of the container's; P is a part of a line, without its newline. The timestamp's length varies.
The format is the kubelet's (KEP-0008, "CRI log format"), as containerd writes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO

from application.ports.logs import LogChunk, LogQuery, Unread
from domain import gate

_STREAMS = {b"stdout": "stdout", b"stderr": "stderr"}
# From the space behind the timestamp: " stdout F ". Both streams' names have six letters.
_HEAD_LENGTH = 10
_TAG_AT = 8
_NANOSECONDS = re.compile(rb"\.[0-9]{6}([0-9]{1,3})")


def is_full(record: bytes) -> bool:
    """Return whether a record ends a line of the container's."""
    at = record.find(b" ")
    return at >= 0 and record[at + _TAG_AT : at + _TAG_AT + 1] == b"F" and not is_mark(record)


def is_mark(record: bytes) -> bool:
    """Return whether the gate wrote a record, before the container's program wrote anything."""
    return gate.END in record and gate.LINE.fullmatch(record, record.find(b" ") + _HEAD_LENGTH) is not None


def whole_lines(block: bytes, at: int, head: bytes) -> tuple[bytes, int]:
    """Return the data of the records from `at` on, and where the first record begins that is not a whole line.

    Each of the records has `head` from its first space on, " stdout F ", and a newline at its end.
    """
    data = []
    while end := block.find(b"\n", at) + 1:
        space = block.find(b" ", at, end)
        if block[space : space + _HEAD_LENGTH] != head:
            break
        data.append(block[space + _HEAD_LENGTH : end])
        at = end
    return b"".join(data), at


def as_records(unread: Unread, time: datetime) -> Iterator[bytes]:
    """The records of what was written to a stream at a time."""
    head = f"{time:%Y-%m-%dT%H:%M:%S.%f}Z {unread.stream} ".encode()
    for line in BytesIO(unread.data):
        body = line.removesuffix(b"\n")
        yield head + (b"F " if len(body) < len(line) else b"P ") + body.removesuffix(b"\r") + b"\n"


WholeLines = Callable[[bytes, int, bytes], tuple[bytes, int]]


@dataclass(frozen=True)
class Records:
    """How the records of a log are read: what the query asks for, and the function that splits whole lines."""

    query: LogQuery
    whole_lines: WholeLines = whole_lines

    def chunks(self, block: bytes) -> list[LogChunk]:
        """Yield the chunks of whole records that pass the query (without its `tail`), in order.

        What is not a record (zeros after a power failure, say) is left out; within a run the times are not
        read.
        """
        if gate.END in block:
            block = b"".join(record for record in BytesIO(block) if not is_mark(record))
        query = self.query
        if query.by_line or query.since or query.until:
            return [chunk for chunk in _singles(block) if query.includes(chunk)]
        return [replace(run[0], data=_joined(run)) for run in self._runs(block)]

    def _runs(self, block: bytes) -> Iterator[list[LogChunk]]:
        """Yield consecutive pieces that are of a single stream."""
        run: list[LogChunk] = []
        at = 0
        while at < len(block):
            end = block.find(b"\n", at) + 1 or len(block)
            single = _single(block[at:end])
            at = end
            if single is None:
                continue
            if run and run[0].stream != single.stream:
                yield run
                run = []
            run.append(single)
            if at < len(block):
                data, at = self.whole_lines(block, at, f" {single.stream} F ".encode())
                run.append(LogChunk(single.stream, single.time, data))
        if run:
            yield run


def _joined(run: list[LogChunk]) -> bytes:
    return b"".join(piece.data for piece in run)


def _singles(block: bytes) -> Iterator[LogChunk]:
    return filter(None, map(_single, BytesIO(block)))


def _single(record: bytes) -> LogChunk | None:
    """Return a record as a chunk; None if it is not a record. A record cut short keeps what it has of its data."""
    fields = record.split(b" ", 3)
    if len(fields) != 4 or fields[1] not in _STREAMS:
        return None
    try:
        time = datetime.fromisoformat(fields[0].decode("ascii"))  # which cuts nanoseconds to microseconds
    except ValueError:
        return None
    if time.tzinfo is None:
        return None
    data = fields[3] if fields[2].startswith(b"F") else fields[3].removesuffix(b"\n")
    beyond = _NANOSECONDS.search(fields[0])
    return LogChunk(_STREAMS[fields[1]], time, data, int(beyond[1].ljust(3, b"0")) if beyond else 0)
