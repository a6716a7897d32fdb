"""The contract on the fake, and what the fake alone can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import Unavailable
from tests.unit.contracts.image_builder_contract import Builds, ImageBuilderContract
from tests.unit.fakes.image_builder import FakeImageBuilder


@pytest.fixture
def fake() -> FakeImageBuilder:
    return FakeImageBuilder()


@pytest.fixture
def builds(fake: FakeImageBuilder, tmp_path: Path) -> Builds:
    async def names() -> set[str]:
        return set(fake.images)

    return Builds(fake, names, "127.0.0.1:5000", tmp_path)


class TestFakeImageBuilder(ImageBuilderContract):
    @pytest.fixture
    def subject(self, builds: Builds) -> Builds:
        return builds


async def test_an_injected_failure_comes_once(fake: FakeImageBuilder, builds: Builds) -> None:
    fake.failures.append(Unavailable("the image builder", "", "reported", "away"))
    request = builds.context()
    with pytest.raises(Unavailable, match="away"):
        await builds.build(request)
    await builds.build(request)
    assert len(fake.requests) == 2


async def test_credentials_are_asked_for_a_registry(fake: FakeImageBuilder, builds: Builds) -> None:
    with pytest.raises(Exception, match="example"):
        await builds.build(builds.context("FROM registry.example/a:1"))
    assert fake.asked == ["registry.example"]
