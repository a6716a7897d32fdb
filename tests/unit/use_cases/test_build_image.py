"""What a build leaves behind when it fails late: after the builder has named the image."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from application.ports.image_builder import CredentialsFor
from application.use_cases.build.build import BuildImage
from domain.build import BuildEvent, BuildOutput, BuildRequest, BuildResult
from domain.errors import RuntimeFailed
from domain.image import Credentials, ImageReference

OLD, NEW = ImageReference.parse("old").tagged(), ImageReference.parse("new").tagged()
REQUEST = BuildRequest(Path("/context"), Path("/context/Dockerfile"), (OLD, NEW))


class Names:
    """The store's names, which `pin` may fail to protect."""

    def __init__(self, *, full: bool = False) -> None:
        self.names = {OLD}
        self.full = full

    async def pin(self, image_id: str, references: tuple[ImageReference, ...]) -> None:
        if self.full:
            raise RuntimeFailed("image store", "reported", "no space left on device")

    async def named(self, references: tuple[ImageReference, ...]) -> frozenset[ImageReference]:
        return frozenset(references) & self.names

    async def unname(self, references: frozenset[ImageReference]) -> None:
        self.names -= references


class Builder:
    """Names the image, then fails where it is told to."""

    def __init__(self, names: Names, *, fails: bool = False) -> None:
        self._names, self._fails = names, fails

    async def build(
        self, request: BuildRequest, credentials: CredentialsFor
    ) -> AsyncGenerator[BuildEvent, None]:
        self._names.names |= set(request.tags)
        if self._fails:
            raise RuntimeFailed("builder", "reported", "no space left on device")
        yield BuildResult("sha256:d", "sha256:i")


async def anonymous(_: str) -> Credentials | None:
    return None


@pytest.mark.parametrize(("fails", "full"), [(True, False), (False, True)])
async def test_a_build_that_fails_late_leaves_no_name_that_was_not_there(*, fails: bool, full: bool) -> None:
    names = Names(full=full)
    with pytest.raises(RuntimeFailed):
        _ = [event async for event in BuildImage(Builder(names, fails=fails), names)(REQUEST, anonymous)]
    assert names.names == {OLD}


async def test_a_build_that_is_left_after_its_result_keeps_its_names() -> None:
    names = Names()
    events = BuildImage(Builder(names), names)(REQUEST, anonymous)
    assert await anext(events) == BuildResult("sha256:d", "sha256:i")
    await events.aclose()
    assert names.names == {OLD, NEW}


async def test_what_is_not_an_image_of_the_store_is_not_pinned() -> None:
    names = Names(full=True)
    for output in (BuildOutput("local", {}, Path("/out")), BuildOutput("image", {"store": "false"})):
        request = BuildRequest(Path("/c"), Path("/c/Dockerfile"), outputs=(output,))
        events = [event async for event in BuildImage(Builder(names), names)(request, anonymous)]
        assert events == [BuildResult("sha256:d", "sha256:i")]
