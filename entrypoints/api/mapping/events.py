"""Events on the wire."""

from __future__ import annotations

from domain.events import Caller, Event
from entrypoints.api.k3c.v1 import event_pb2 as pb
from entrypoints.api.mapping.times import time_to_wire


def caller_to_wire(caller: Caller) -> pb.Caller:
    """Map who called the daemon."""
    return pb.Caller(uid=caller.uid, pid=caller.pid)


def event_to_wire(event: Event) -> pb.Event:
    """Map an event."""
    return pb.Event(
        time=time_to_wire(event.time),
        kind=event.kind,
        action=event.action,
        subject=event.subject,
        name=event.name,
        attributes=event.attributes,
        number=event.number,
        caller=None if event.caller is None else caller_to_wire(event.caller),
    )
