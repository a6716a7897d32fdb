"""Which images `images --filter` shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.errors import InvalidArgument
from domain.filters import ImageFilters
from domain.image import Image, ImageConfig, ImageReference


def image(number: int, *names: str, **labels: str) -> Image:
    """An image of the second `number`."""
    return Image(
        id=f"sha256:{number:064}",
        digest=f"sha256:{number:064}",
        references=tuple(ImageReference.parse(name).tagged() for name in names),
        created_at=datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC),
        size=1,
        config=ImageConfig(labels=labels),
        platform="linux/amd64",
    )


OLD = image(1, "busybox", "busybox:1.36", "k3c/hello:v1")
LABELLED = image(2, "localhost:5000/team/app:dev", tier="back", owner="a=b")
NEW = image(3, tier="front")
ALL = (NEW, LABELLED, OLD)


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ((), ALL),
        ((("dangling", "true"),), (NEW,)),
        ((("dangling", "0"),), (LABELLED, OLD)),
        ((("label", "tier"),), (NEW, LABELLED)),
        ((("label", "tier"), ("label", "owner=a=b")), (LABELLED,)),
        ((("label", "tier=none"),), ()),
        ((("before", "labelled"),), (OLD,)),
        ((("since", "labelled"),), (NEW,)),
        ((("since", "old"), ("dangling", "false")), (LABELLED,)),
        ((("since", "old"), ("before", "new")), (LABELLED,)),
        ((("until", "2026-01-01T00:00:02Z"),), (OLD,)),
        ((("label!", "tier=back"),), (NEW, OLD)),
    ],
)
def test_what_passes(pairs: tuple[tuple[str, str], ...], found: tuple[Image, ...]) -> None:
    filters = ImageFilters(pairs)
    anchors = {"old": OLD, "labelled": LABELLED, "new": NEW}
    assert set(filters.anchors) <= set(anchors)
    assert filters.apply(ALL, anchors) == found


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("busybox",), ["busybox:latest", "busybox:1.36"]),
        (("busybox:1*",), ["busybox:1.36"]),
        (("busy*",), ["busybox:latest", "busybox:1.36"]),
        (("*:latest", "k3c/*"), ["busybox:latest", "k3c/hello:v1"]),
        (("*/hello",), ["k3c/hello:v1"]),
        (("localhost:5000/*/app:d?v",), ["localhost:5000/team/app:dev"]),
        (("localhost:5000/*",), []),
        (("absent",), []),
    ],
)
def test_names_alone_that_are_like_a_pattern(patterns: tuple[str, ...], names: list[str]) -> None:
    found = ImageFilters(tuple(("reference", pattern) for pattern in patterns)).apply(
        (OLD, LABELLED, NEW), {}
    )
    assert [name.familiar for one in found for name in one.references] == names
    assert all(one.references for one in found)


@pytest.mark.parametrize("pair", [("colour", "red"), ("dangling", "maybe"), ("until", "soon")])
def test_what_is_no_filter(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        ImageFilters((pair,))
