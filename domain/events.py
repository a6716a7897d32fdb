"""What happened, in docker's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import InvalidArgument

CONTAINER = "container"
IMAGE = "image"
VOLUME = "volume"
KINDS = (CONTAINER, IMAGE, VOLUME)


@dataclass(frozen=True)
class Caller:
    """Who asked: the user and the process at the other end of the daemon's socket, by the kernel's word."""

    uid: int
    pid: int


@dataclass(frozen=True)
class Event:
    """`subject` is the id of the thing (a container's id, an image's or volume's name), `name` what a user calls it.

    `caller` is None where nobody asked: a container ended, a probe failed, a policy started one again.
    `number` counts the events that are stored, from 1; 0 before that.
    """

    time: datetime
    kind: str
    action: str
    subject: str
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    caller: Caller | None = None
    number: int = 0


@dataclass(frozen=True)
class EventFilters:
    """Pairs of key and value. Values of one key are alternatives, keys must all hold; labels must all hold, too."""

    pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for key, _ in self.pairs:
            if key not in _TESTS:
                raise InvalidArgument("filter", key, "not-one-of", ", ".join(sorted(_TESTS)))

    def passes(self, event: Event) -> bool:
        """Whether an event is wanted."""
        groups: dict[str, list[bool]] = {}
        for number, (key, value) in enumerate(self.pairs):
            group = f"label {number}" if key == "label" else key
            groups.setdefault(group, []).append(_TESTS[key](event, value))
        return all(any(results) for results in groups.values())


def _is(kind: str) -> Callable[[Event, str], bool]:
    def same(event: Event, value: str) -> bool:
        return event.kind == kind and (event.name == value or event.subject.startswith(value))

    return same


def _has_label(event: Event, value: str) -> bool:
    name, equals, wanted = value.partition("=")
    return name in event.attributes and (not equals or event.attributes[name] == wanted)


_TESTS: dict[str, Callable[[Event, str], bool]] = {
    "type": lambda event, value: event.kind == value,
    "event": lambda event, value: event.action.partition(":")[0] == value,
    "container": _is(CONTAINER),
    "image": lambda event, value: _is(IMAGE)(event, value) or event.attributes.get("image") == value,
    "volume": _is(VOLUME),
    "label": _has_label,
}
