"""What every ImageBuilder does."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from application.ports.image_builder import ImageBuilder
from domain.build import BuildEvent, BuildLog, BuildRequest, BuildResult, BuildStep
from domain.errors import BuildFailed, InvalidArgument, NotFound
from domain.image import Credentials, ImageReference

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


async def anonymous(_host: str) -> Credentials | None:
    return None


@dataclass(frozen=True)
class Builds:
    """A builder; how to see the names it gave; a registry that answers; a folder to write contexts to."""

    builder: ImageBuilder
    names: Callable[[], Awaitable[set[str]]]
    registry: str
    folder: Path

    def context(self, *instructions: str, **files: str) -> BuildRequest:
        """A folder with a Dockerfile of these instructions after `FROM scratch`, and a fresh tag."""
        context = self.folder / secrets.token_hex(4)
        context.mkdir()
        for name, text in files.items():
            (context / name).write_text(text)
        (context / "Dockerfile").write_text("\n".join(("FROM scratch", *instructions)) + "\n")
        tag = ImageReference.parse(f"k3c.test/{context.name}:1")
        return BuildRequest(context, context / "Dockerfile", (tag,))

    def runnable(self, *instructions: str) -> BuildRequest:
        """The same with /busybox in the image."""
        request = self.context("COPY busybox /busybox", *instructions)
        shutil.copy("/usr/bin/busybox", request.context / "busybox")
        return request

    async def build(self, request: BuildRequest) -> list[BuildEvent]:
        """All events of a build."""
        async with asyncio.timeout(60):
            return [event async for event in self.builder.build(request, anonymous)]


def result(events: list[BuildEvent]) -> BuildResult:
    """The one result, which is the last event."""
    *before, last = events
    assert isinstance(last, BuildResult)
    assert not any(isinstance(event, BuildResult) for event in before)
    return last


class ImageBuilderContract:
    """Run with a `subject` fixture that gives Builds."""

    async def test_a_build_ends_with_its_result(self, subject: Builds) -> None:
        request = subject.context(f"COPY a /{secrets.token_hex(4)}", a="content")
        events = await subject.build(request)
        made = result(events)
        assert DIGEST.fullmatch(made.digest)
        assert DIGEST.fullmatch(made.image_id)
        steps = [event for event in events if isinstance(event, BuildStep)]
        assert any("COPY a" in step.name and step.completed for step in steps)
        assert str(request.tags[0]) in await subject.names()

    async def test_every_tag_names_the_image(self, subject: Builds) -> None:
        request = subject.context("COPY a /a", a="content")
        other = ImageReference.parse("k3c.test/other")
        await subject.build(replace(request, tags=(*request.tags, other)))
        assert {str(request.tags[0]), "k3c.test/other:latest"} <= await subject.names()

    async def test_without_a_tag_there_is_a_result_all_the_same(self, subject: Builds) -> None:
        request = subject.context(f"COPY a /{secrets.token_hex(4)}", a="content")
        assert DIGEST.fullmatch(result(await subject.build(replace(request, tags=()))).image_id)
        assert str(request.tags[0]) not in await subject.names()

    async def test_a_second_build_is_cached(self, subject: Builds) -> None:
        request = subject.context(f"COPY a /{secrets.token_hex(4)}", a="content")
        first = result(await subject.build(request))
        events = await subject.build(request)
        assert result(events).image_id == first.image_id
        assert any(isinstance(event, BuildStep) and event.cached for event in events)

    async def test_what_a_step_writes_is_logged(self, subject: Builds) -> None:
        word = secrets.token_hex(4)
        events = await subject.build(subject.runnable(f'RUN ["/busybox", "echo", "{word}"]'))
        logs = [event for event in events if isinstance(event, BuildLog)]
        assert b"".join(log.data for log in logs if log.stream == 1) == f"{word}\n".encode()

    async def test_the_dockerfile_may_be_elsewhere(self, subject: Builds) -> None:
        request = subject.context("COPY a /a", a="content")
        elsewhere = subject.folder / "elsewhere.Dockerfile"
        request.dockerfile.rename(elsewhere)
        assert result(await subject.build(replace(request, dockerfile=elsewhere)))

    async def test_a_failing_step_tells_where(self, subject: Builds) -> None:
        request = subject.runnable('RUN ["/busybox", "false"]')
        with pytest.raises(BuildFailed) as caught:
            await subject.build(request)
        assert caught.value.location == "Dockerfile:3"
        assert str(request.tags[0]) not in await subject.names()

    async def test_a_syntax_error_tells_where(self, subject: Builds) -> None:
        with pytest.raises(BuildFailed) as caught:
            await subject.build(subject.context("", "NONSENSE here"))
        assert caught.value.location == "Dockerfile:3"
        assert "NONSENSE here" in caught.value.excerpt

    async def test_a_missing_source_tells_where(self, subject: Builds) -> None:
        with pytest.raises(BuildFailed, match="nothere") as caught:
            await subject.build(subject.context("COPY nothere /"))
        assert caught.value.location == "Dockerfile:2"

    async def test_a_missing_base_image(self, subject: Builds) -> None:
        image = f"{subject.registry}/absent:1"
        with pytest.raises(NotFound) as caught:
            await subject.build(subject.context(f"FROM {image}"))
        assert (caught.value.kind, caught.value.reference) == ("image", image)

    async def test_paths_that_are_not_there(self, subject: Builds) -> None:
        request = subject.context()
        with pytest.raises(InvalidArgument, match="Dockerfile"):
            await subject.build(replace(request, dockerfile=request.context / "no"))
        with pytest.raises(InvalidArgument, match="context"):
            await subject.build(replace(request, context=request.context / "no"))

    @pytest.mark.parametrize("how", ["close", "cancel"])
    async def test_ending_it_early_leaves_no_tag(self, subject: Builds, how: str) -> None:
        request = subject.runnable('RUN ["/busybox", "sh", "-c", "echo on; exec /busybox sleep 50"]')
        running = asyncio.Event()

        async def follow() -> None:
            async with aclosing(subject.builder.build(request, anonymous)) as events:
                async for event in events:
                    if isinstance(event, BuildLog):
                        running.set()
                        if how == "close":
                            return

        async with asyncio.timeout(20):
            task = asyncio.create_task(follow())
            await running.wait()
            task.cancel() if how == "cancel" else None
            await asyncio.wait([task])
        assert task.cancelled() == (how == "cancel")
        assert str(request.tags[0]) not in await subject.names()
