"""The contract on the fake, and what the fake alone can show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from application.ports.images import ImageStore
from domain.errors import AmbiguousReference, Unavailable
from domain.image import Image, ImageConfig
from tests.unit.contracts.image_store_contract import ImageStoreContract
from tests.unit.fakes.image_store import FakeImageStore


class TestFakeImageStore(ImageStoreContract):
    @pytest.fixture
    def subject(self) -> ImageStore:
        return FakeImageStore()


def an_image(digit: str, day: int) -> Image:
    digest = f"sha256:ab{digit * 62}"
    return Image(digest, digest, (), datetime(2026, 1, day, tzinfo=UTC), 1, ImageConfig(), "linux/amd64")


async def test_newest_first_and_shared_prefixes() -> None:
    store = FakeImageStore(old := an_image("1", 1), new := an_image("2", 2))
    assert await store.list() == (new, old)
    with pytest.raises(AmbiguousReference) as raised:
        await store.find("ab")
    assert raised.value.matches == "ab1111111111, ab2222222222"


async def test_failures_are_met_once() -> None:
    store = FakeImageStore()
    store.faults.fail("list", Unavailable("containerd", "", "reported", "gone"))
    with pytest.raises(Unavailable):
        await store.list()
    assert await store.list() == ()
