"""Times on the wire."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def time_to_wire(time: datetime | None) -> Timestamp | None:
    """Map a UTC time to a Timestamp; None stays None."""
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def nanoseconds(stamp: Timestamp) -> int:
    """Those of a Timestamp beyond the microsecond, which a UTC time does not have."""
    return int(stamp.nanos % 1000)


def time_from_wire(stamp: Timestamp) -> datetime:
    """Map a Timestamp to a UTC time."""
    return stamp.ToDatetime(UTC)
