"""`k3c events`."""

from __future__ import annotations

import json
from typing import Annotated, Any

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import event_pb2 as pb
from entrypoints.api.mapping.filters import filters_to_wire
from entrypoints.api.mapping.times import time_from_wire
from entrypoints.cli.connection.unary import Client, call, until_interrupted
from entrypoints.cli.options.moments import moment
from entrypoints.cli.ui.listing import Filters, check, parse_filters
from entrypoints.cli.ui.open_map import OpenMap
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.templates import compiled


def events(
    *,
    since: Annotated[str, Parameter(help="Show events since a time, or a duration ago such as 10m")] = "",
    until: Annotated[str, Parameter(help="Stream events until a time, or a duration ago such as 10m")] = "",
    filter_: Filters = (),
    format_: Annotated[str, Parameter(name="--format", help="Output format: json or TEMPLATE")] = "",
) -> int:
    """Stream events of containers, images and volumes.

    They are shown until Ctrl-C. Filters are type, event, container, image, volume and label.
    """
    check(format_)
    request = pb.WatchEventsRequest(
        since=moment("--since", since),
        until=moment("--until", until),
        filters=filters_to_wire(parse_filters(filter_)),
    )

    def watching(client: Client) -> int:
        with until_interrupted():
            for event in client.events.Watch(request):
                print_result(_line(event, format_))
        return 0

    return call(watching)


def _line(event: pb.Event, format_: str) -> str:
    if format_ == "json":
        return json.dumps(_shape(event), ensure_ascii=False)
    if format_:
        return compiled(format_)(_shape(event))
    attributes = ", ".join(f"{key}={value}" for key, value in sorted(event.attributes.items()))
    by = f" by uid {event.caller.uid}, pid {event.caller.pid}" if event.HasField("caller") else ""
    return f"{_time(event)} {event.kind} {event.action} {event.subject} ({attributes}){by}"


def _shape(event: pb.Event) -> dict[str, Any]:
    """As docker has it."""
    return {
        "Type": event.kind,
        "Action": event.action,
        "Actor": {"ID": event.subject, "Attributes": OpenMap(event.attributes)},
        "Caller": {"Uid": event.caller.uid, "Pid": event.caller.pid} if event.HasField("caller") else None,
        "scope": "local",
        "time": event.time.seconds,
        "timeNano": event.time.ToNanoseconds(),
        "Time": _time(event),
        "ID": event.subject,
        "Name": event.name,
    }


def _time(event: pb.Event) -> str:
    return f"{time_from_wire(event.time):%Y-%m-%dT%H:%M:%S}.{event.time.nanos:09d}Z"
