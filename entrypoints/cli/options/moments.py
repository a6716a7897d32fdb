"""Times as people write them on the command line: `--since`, `--until`, and the filter `until`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from domain.errors import InvalidArgument
from entrypoints.api.mapping.times import time_to_wire

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_EPOCH = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_NANOSECONDS = re.compile(r"\.[0-9]{6}([0-9]{1,3})")
_DATE_WITH_ZONE = re.compile(r"^(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)$")


def moment(what: str, text: str, now: datetime | None = None) -> Timestamp | None:
    """RFC 3339, seconds since the epoch, or a duration back from now (`1h30m`); None for "".

    Raises InvalidArgument. A time without a zone is local, as in docker.
    """
    if not text:
        return None
    pieces = _DURATION.findall(text)
    if pieces and "".join(number + unit for number, unit in pieces) == text:
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in pieces)
        return time_to_wire((now or datetime.now(UTC)) - timedelta(seconds=seconds))
    time = time_to_wire(_time(what, text))
    if time is not None and (beyond := _NANOSECONDS.search(text)):
        time.nanos += int(beyond[1].ljust(3, "0"))
    return time


def _time(what: str, text: str) -> datetime:
    """A time that is no duration, cut to microseconds."""
    try:
        if since_epoch := _EPOCH.fullmatch(text):
            whole, part = since_epoch.groups("")
            return datetime.fromtimestamp(int(whole), UTC).replace(microsecond=int(part[:6].ljust(6, "0")))
        return datetime.fromisoformat(_DATE_WITH_ZONE.sub(r"\1T00:00\2", text)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidArgument(what, text, "time-form") from error
