"""What every ImageStore does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from application.ports.images import ImageStore
from domain.errors import InvalidArgument, NotFound
from domain.image import Image, ImageReference
from domain.names import new_id
from tests.oci_archive import an_archive, in_chunks


def a_name(tag: str = "1") -> ImageReference:
    """A name that nobody else has."""
    return ImageReference.parse(f"k3c.test/{new_id()[:16]}:{tag}")


async def loaded(store: ImageStore, name: ImageReference, text: str = "", **config: Any) -> Image:
    """An image under a name; one that is like no other, unless a text is given."""
    await store.load(in_chunks(an_archive(text or new_id(), **config)), name)
    return await store.find(str(name))


class ImageStoreContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> ImageStore:
        raise NotImplementedError

    async def test_a_loaded_image_has_its_name_and_config(self, subject: ImageStore) -> None:
        name = a_name()
        config: dict[str, Any] = {
            "Entrypoint": ["/a"],
            "Cmd": ["b"],
            "Env": ["C=d"],
            "User": "7",
            "Labels": {"e": "f"},
        }
        image = await loaded(subject, name, **config)
        assert image.references == (name,)
        assert image.id.startswith("sha256:")
        assert image.size > 0
        assert image.platform.startswith("linux/")
        assert (image.config.entrypoint, image.config.command) == (("/a",), ("b",))
        assert (image.config.environment, image.config.user) == (("C=d",), "7")
        assert image.config.labels == {"e": "f"}
        assert image in await subject.list()

    async def test_loading_twice_is_once(self, subject: ImageStore) -> None:
        name = a_name()
        first = await loaded(subject, name, text := new_id())
        assert await loaded(subject, name, text) == first

    async def test_loading_another_under_the_name_takes_it(self, subject: ImageStore) -> None:
        name = a_name()
        old, new = await loaded(subject, name), await loaded(subject, name)
        assert old.id != new.id
        assert (await subject.find(str(name))).id == new.id
        assert (await subject.find(old.id)).references == ()

    @pytest.mark.parametrize("archive", [b"", b"no tar " * 1000, an_archive("cut")[:1500]])
    async def test_what_is_no_image_is_refused_and_leaves_no_name(
        self, subject: ImageStore, archive: bytes
    ) -> None:
        name = a_name()
        with pytest.raises(InvalidArgument):
            await asyncio.wait_for(subject.load(in_chunks(archive), name), 20)
        with pytest.raises(NotFound):
            await subject.find(str(name))

    async def test_an_archive_that_breaks_off_raises_its_own_error(self, subject: ImageStore) -> None:
        async def breaking() -> AsyncIterator[bytes]:
            yield an_archive("whole")[:700]
            raise ConnectionAbortedError("gone")

        name = a_name()
        with pytest.raises(ConnectionAbortedError, match="gone"):
            await asyncio.wait_for(subject.load(breaking(), name), 20)
        with pytest.raises(NotFound):
            await subject.find(str(name))

    async def test_it_is_found_by_name_id_prefix_and_digest(self, subject: ImageStore) -> None:
        name = a_name("latest")
        image = await loaded(subject, name)
        digits = image.id.removeprefix("sha256:")
        by_digest = f"{name.repository}@{image.digest}"
        for reference in (
            str(name),
            name.repository,
            image.id,
            digits,
            digits[:20],
            image.id[:27],
            by_digest,
        ):
            assert await subject.find(reference) == image

    @pytest.mark.parametrize("reference", ["no/such", "0" * 64, f"sha256:{'0' * 64}", "00000000000000000000"])
    async def test_what_is_not_here_is_not_found(self, subject: ImageStore, reference: str) -> None:
        with pytest.raises(NotFound) as raised:
            await subject.find(reference)
        assert raised.value.reference == reference

    @pytest.mark.parametrize("reference", ["", "Bad Name", "a::b"])
    async def test_what_is_neither_name_nor_id_is_invalid(self, subject: ImageStore, reference: str) -> None:
        with pytest.raises(InvalidArgument):
            await subject.find(reference)

    async def test_tags_join_in_one_image(self, subject: ImageStore) -> None:
        first, second = sorted((a_name(), a_name()), key=str)
        image = await loaded(subject, first)
        for _ in range(2):
            await subject.tag(image, second)
        found = await subject.find(str(second))
        assert (found.id, found.references) == (image.id, (first, second))

    async def test_a_tag_moves_to_another_image(self, subject: ImageStore) -> None:
        taken, kept = a_name(), a_name()
        old, new = await loaded(subject, taken), await loaded(subject, kept)
        await subject.tag(new, taken)
        assert (await subject.find(str(taken))).id == new.id
        assert (await subject.find(old.id)).references == ()

    async def test_tagging_what_is_gone(self, subject: ImageStore) -> None:
        image = await loaded(subject, a_name())
        await subject.remove(image)
        with pytest.raises(NotFound):
            await subject.tag(image, a_name())

    async def test_untag_takes_one_name_alone(self, subject: ImageStore) -> None:
        first, second = a_name(), a_name()
        image = await loaded(subject, first)
        await subject.tag(image, second)
        await subject.untag(first)
        assert (await subject.find(image.id)).references == (second,)
        with pytest.raises(NotFound):
            await subject.untag(first)

    async def test_the_last_name_takes_the_image_with_it(self, subject: ImageStore) -> None:
        image = await loaded(subject, name := a_name())
        await subject.untag(name)
        with pytest.raises(NotFound):
            await subject.find(image.id)

    async def test_remove_takes_every_name_and_is_idempotent(self, subject: ImageStore) -> None:
        first, second = a_name(), a_name()
        image = await loaded(subject, first)
        await subject.tag(image, second)
        image = await subject.find(image.id)
        other = await loaded(subject, a_name())
        for _ in range(2):
            await subject.remove(image)
        for reference in (str(first), str(second), image.id):
            with pytest.raises(NotFound):
                await subject.find(reference)
        assert await subject.find(other.id) == other

    async def test_untag_of_the_last_name_may_keep_the_image(self, subject: ImageStore) -> None:
        name = a_name()
        image = await loaded(subject, name)
        await subject.untag(name, keep=True)
        assert (await subject.find(image.id)).references == ()
        await subject.tag(image, name)
        assert (await subject.find(str(name))).id == image.id

    async def test_a_name_that_came_after_the_image_was_found_is_not_removed(
        self, subject: ImageStore
    ) -> None:
        image = await loaded(subject, a_name())
        await subject.tag(image, later := a_name())
        await subject.remove(image)
        left = await subject.find(str(later))
        assert (left.id, left.references) == (image.id, (later,))
        assert (await subject.find(image.id)).id == image.id
