"""Which containers and images a listing shows: docker's filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from domain.container import Container, ContainerState, find_container
from domain.errors import InvalidArgument
from domain.image import Image, ImageReference
from domain.names import is_id

_HEALTH = ("starting", "healthy", "unhealthy", "none")
_PORT = re.compile(r"(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?")
Test = Callable[[Container], bool]


@dataclass(frozen=True)
class ContainerFilters:
    """Pairs of key and value. Values of one key are alternatives, keys must all hold; labels must all hold, too."""

    pairs: tuple[tuple[str, str], ...] = ()

    def apply(self, containers: Iterable[Container]) -> tuple[Container, ...]:
        """Those that pass, in their order. Raises InvalidArgument, NotFound, AmbiguousReference (before, since)."""
        everything = tuple(containers)
        tests: dict[str, list[Test]] = {}
        for number, (key, value) in enumerate(self.pairs):
            group = f"label {number}" if key == "label" else key
            tests.setdefault(group, []).append(_test(key, value, everything))
        return tuple(
            one for one in everything if all(any(test(one) for test in group) for group in tests.values())
        )

    @property
    def name_states(self) -> bool:
        """Whether they ask for containers that do not run, too."""
        return any(key in {"status", "exited"} for key, _ in self.pairs)


def _test(key: str, value: str, everything: tuple[Container, ...]) -> Test:
    make = _TESTS.get(key)
    if make is None:
        raise InvalidArgument("filter", key, "not-one-of", ", ".join(sorted(_TESTS)))
    return make(value, everything)


def _by_name(value: str, _: tuple[Container, ...]) -> Test:
    try:
        pattern = re.compile(value)
    except re.error as error:
        raise InvalidArgument("filter", f"name={value}", "not-a-pattern", str(error)) from error
    # Docker's names begin with a slash, and its users write it or not.
    return lambda one: any(pattern.search(name) for name in (one.record.name, f"/{one.record.name}"))


def _by_id(value: str, _: tuple[Container, ...]) -> Test:
    return lambda one: one.record.id.startswith(value)


def _by_label(value: str, _: tuple[Container, ...]) -> Test:
    return lambda one: _is_labelled(one.record.spec.labels, value)


def _is_labelled(labels: Mapping[str, str], text: str) -> bool:
    """Whether there is a label `name`, or `name=value`."""
    name, equals, wanted = text.partition("=")
    return name in labels and (not equals or labels[name] == wanted)


def _by_status(value: str, _: tuple[Container, ...]) -> Test:
    if value not in set(ContainerState):
        raise InvalidArgument("filter", f"status={value}", "not-one-of", ", ".join(ContainerState))
    return lambda one: one.state == value


def _by_ancestor(value: str, _: tuple[Container, ...]) -> Test:
    def same(one: Container) -> bool:
        digest = one.record.image_id.removeprefix("sha256:")
        if digest.startswith(value.removeprefix("sha256:")):
            return True
        image = one.record.spec.image
        if is_id(image) or image.startswith("sha256:"):
            return False
        return ImageReference.parse(image).tagged() == ImageReference.parse(value).tagged()

    return same


def _by_volume(value: str, _: tuple[Container, ...]) -> Test:
    return lambda one: any(value in (mount.source, mount.target) for mount in one.record.spec.mounts)


def _by_publish(value: str, _: tuple[Container, ...]) -> Test:
    found = _PORT.fullmatch(value)
    if found is None:
        raise InvalidArgument("filter", f"publish={value}", "filter-port-form")
    first, last, protocol = int(found[1]), int(found[2] or found[1]), found[3]
    return lambda one: any(
        (first <= port.container_port <= last or first <= port.host_port <= last)
        and protocol in (None, port.protocol)
        for port in one.published
    )


def _by_exit(value: str, _: tuple[Container, ...]) -> Test:
    if not value.isdecimal():
        raise InvalidArgument("filter", f"exited={value}", "filter-exit-form")
    return lambda one: (
        one.state is ContainerState.EXITED and one.exit is not None and one.exit.code == int(value)
    )


def _by_health(value: str, _: tuple[Container, ...]) -> Test:
    if value not in _HEALTH:
        raise InvalidArgument("filter", f"health={value}", "not-one-of", ", ".join(_HEALTH))
    return lambda one: (str(one.health.status) if one.health else "none") == value


def _before(value: str, everything: tuple[Container, ...]) -> Test:
    then = find_container(value, (one.record for one in everything)).created_at
    return lambda one: one.record.created_at < then


def _since(value: str, everything: tuple[Container, ...]) -> Test:
    then = find_container(value, (one.record for one in everything)).created_at
    return lambda one: one.record.created_at > then


_TESTS: dict[str, Callable[[str, tuple[Container, ...]], Test]] = {
    "name": _by_name,
    "id": _by_id,
    "label": _by_label,
    "status": _by_status,
    "ancestor": _by_ancestor,
    "volume": _by_volume,
    "publish": _by_publish,
    "exited": _by_exit,
    "health": _by_health,
    "before": _before,
    "since": _since,
}


_IMAGE_KEYS = ("before", "dangling", "label", "label!", "reference", "since", "until")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class ImageFilters:
    """Pairs of key and value, joined as those of containers. Making one raises InvalidArgument.

    `reference` is a pattern of `name` or `name:tag` as docker shows them, whose `*` stops at a slash.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for key, value in self.pairs:
            if key not in _IMAGE_KEYS:
                raise InvalidArgument("filter", key, "not-one-of", ", ".join(_IMAGE_KEYS))
            if key == "dangling" and value not in _TRUTHS:
                raise InvalidArgument("filter", f"dangling={value}", "not-a-boolean")
            if key == "until":
                _moment(value)

    @property
    def anchors(self) -> tuple[str, ...]:
        """The images that `before` and `since` name."""
        return tuple(dict.fromkeys((*self._values("before"), *self._values("since"))))

    def apply(self, images: Iterable[Image], anchors: Mapping[str, Image]) -> tuple[Image, ...]:
        """Those that pass, in their order, with the names that were asked for; `anchors` are found by their texts."""
        patterns = self._values("reference")
        named = (_with_names(one, patterns) for one in images) if patterns else images
        return tuple(one for one in named if self._passes(one, anchors) and (one.references or not patterns))

    def _passes(self, one: Image, anchors: Mapping[str, Image]) -> bool:
        before, since, dangling, until = map(self._values, ("before", "since", "dangling", "until"))
        return (
            all(_is_labelled(one.config.labels, value) for value in self._values("label"))
            and not any(_is_labelled(one.config.labels, value) for value in self._values("label!"))
            and all(one.created_at < _moment(value) for value in until)
            and (not before or any(one.created_at < anchors[value].created_at for value in before))
            and (not since or any(one.created_at > anchors[value].created_at for value in since))
            and (not dangling or any(_TRUTHS[value] is not bool(one.references) for value in dangling))
        )

    def _values(self, key: str) -> tuple[str, ...]:
        return tuple(value for name, value in self.pairs if name == key)


def _moment(text: str) -> datetime:
    """Read an RFC 3339 time, which is what `until` is by the time it comes here. Raises InvalidArgument."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise InvalidArgument("filter", f"until={text}", "time-form") from error


def _with_names(image: Image, patterns: tuple[str, ...]) -> Image:
    matching = (one for one in image.references if any(_is_like(one, pattern) for pattern in patterns))
    return replace(image, references=tuple(matching))


def _is_like(reference: ImageReference, pattern: str) -> bool:
    """Whether a pattern fits the name, or the name with its tag and digest, component by component."""
    wanted = pattern.split("/")
    return any(
        len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
        for parts in (reference.familiar.split("/"), reference.familiar_repository.split("/"))
    )
