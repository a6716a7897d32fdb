"""`k3c logs`."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from entrypoints.api import mapping
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.client import Client, call

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def logs(
    container: Annotated[str, Parameter(help="A name, an id, or a unique beginning of an id.")],
    /,
    *,
    follow: Annotated[bool, Parameter(name=["--follow", "-f"], help="Go on until it ends.")] = False,
    tail: Annotated[str, Parameter(name=["--tail", "-n"], help="Lines from the end, or all.")] = "all",
    timestamps: Annotated[bool, Parameter(name=["--timestamps", "-t"], help="Show times.")] = False,
    since: Annotated[str, Parameter(help="A time, or a duration back from now such as 10m.")] = "",
    until: Annotated[str, Parameter(help="A time, or a duration back from now such as 10m.")] = "",
) -> int:
    """Show what a container wrote in its last life."""
    request = pb.LogsRequest(
        container=container,
        follow=follow,
        tail=_lines(tail),
        since=mapping.timestamp(moment("since", since)),
        until=mapping.timestamp(moment("until", until)),
        by_line=timestamps,
    )

    async def showing(client: Client) -> int:
        async for answer in client.containers.Logs(request):
            _write(answer.output, timestamps=timestamps)
        return 0

    return call(showing)


def _write(output: pb.Output, *, timestamps: bool) -> None:
    stream = sys.stderr.buffer if output.stream == "stderr" else sys.stdout.buffer
    if timestamps:
        nanoseconds = f"{output.time.nanos:09d}"
        stream.write(f"{mapping.time_of(output.time):%Y-%m-%dT%H:%M:%S}.{nanoseconds}Z ".encode())
    stream.write(output.data)
    stream.flush()


def _lines(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdigit():
        raise InvalidArgument("tail", text, "use a number of lines, or all")
    return int(text)


def moment(what: str, text: str, now: datetime | None = None) -> datetime | None:
    """RFC 3339, seconds since the epoch, or a duration back from now (`1h30m`); None for "".

    Raises InvalidArgument. A time without a zone is local, as in docker.
    """
    if not text:
        return None
    pieces = _DURATION.findall(text)
    if pieces and "".join(number + unit for number, unit in pieces) == text:
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in pieces)
        return (now or datetime.now(UTC)) - timedelta(seconds=seconds)
    try:
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidArgument(
            what, text, "use a time such as 2026-01-31T12:00:00Z, or a duration such as 10m"
        ) from error
