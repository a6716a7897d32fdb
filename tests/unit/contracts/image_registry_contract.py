"""What every ImageRegistry does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from application.ports.images import ImageRegistry, ImageStore
from domain.errors import NotFound, Unauthenticated, Unavailable
from domain.image import Credentials, Image, ImageReference, TransferProgress
from domain.names import new_id
from tests.oci_archive import an_archive, in_chunks

WRONG = Credentials("tester", "wrong")


@dataclass(frozen=True)
class Registries:
    """A registry for all, one for `credentials` alone, and an address where none answers."""

    store: ImageStore
    registry: ImageRegistry
    open: str
    locked: str
    nobody: str
    credentials: Credentials

    async def image_for(self, host: str, path: str = "") -> tuple[Image, ImageReference]:
        """A new image that is here, under a name at a registry."""
        name = ImageReference.parse(f"{host}/{path or new_id()[:16]}:1")
        await self.store.load(in_chunks(an_archive(new_id())), name)
        return await self.store.find(str(name)), name

    async def pushed(self) -> tuple[Image, ImageReference]:
        """An image that is at the open registry and no longer here."""
        image, name = await self.image_for(self.open)
        await all_of(self.registry.push(name, None))
        await self.store.remove(image)
        return image, name

    async def is_here(self, name: ImageReference) -> bool:
        """Whether the store has the name."""
        return any(name in image.references for image in await self.store.list())


async def all_of(steps: AsyncIterator[TransferProgress]) -> list[TransferProgress]:
    """A transfer to its end."""
    return [step async for step in steps]


def check_progress(steps: list[TransferProgress]) -> None:
    """Bytes of a blob never go back within a status, nor beyond the total; some blob is told of."""
    seen: dict[tuple[str, str], int] = {}
    for step in steps:
        key = (step.name, step.status)
        assert step.done >= seen.get(key, 0)
        assert step.done <= step.total or not step.total
        seen[key] = step.done
    assert any(name.startswith("sha256:") for name, _ in seen)


class ImageRegistryContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Registries:
        raise NotImplementedError

    async def test_there_and_back(self, subject: Registries) -> None:
        image, name = await subject.image_for(subject.open)
        check_progress(await all_of(subject.registry.push(name, None)))
        await subject.store.remove(image)
        check_progress(await all_of(subject.registry.pull(name, "", None)))
        found = await subject.store.find(str(name))
        assert (found.id, found.references, found.config) == (image.id, (name,), image.config)

    async def test_pulling_again_is_fine(self, subject: Registries) -> None:
        _, name = await subject.pushed()
        for _ in range(2):
            await all_of(subject.registry.pull(name, "", None))
        assert await subject.is_here(name)

    async def test_pulling_by_digest(self, subject: Registries) -> None:
        image, name = await subject.pushed()
        pinned = ImageReference(name.registry, name.path, None, image.digest)
        await all_of(subject.registry.pull(pinned, "", None))
        assert (await subject.store.find(str(pinned))).id == image.id

    async def test_many_pull_one_image(self, subject: Registries) -> None:
        image, name = await subject.pushed()
        await asyncio.gather(*(all_of(subject.registry.pull(name, "", None)) for _ in range(4)))
        assert (await subject.store.find(str(name))).id == image.id

    @pytest.mark.parametrize("path", ["no/such", "denied", "unauthorized/401", "connection-refused"])
    async def test_pulling_what_the_registry_lacks(self, subject: Registries, path: str) -> None:
        name = ImageReference.parse(f"{subject.open}/{path}:401")
        with pytest.raises(NotFound) as raised:
            await all_of(subject.registry.pull(name, "", None))
        assert (raised.value.kind, raised.value.reference) == ("image", name.familiar)
        assert not await subject.is_here(name)

    async def test_pushing_what_is_not_here(self, subject: Registries) -> None:
        name = ImageReference.parse(f"{subject.open}/not/here:1")
        with pytest.raises(NotFound) as raised:
            await all_of(subject.registry.push(name, None))
        assert raised.value.reference == name.familiar

    async def test_a_platform_that_the_image_is_not_for(self, subject: Registries) -> None:
        name = ImageReference.parse(f"{subject.open}/no/such:1")
        with pytest.raises(NotFound):
            await all_of(subject.registry.pull(name, "linux/s390x", None))
        assert not await subject.is_here(name)

    async def test_with_the_right_credentials(self, subject: Registries) -> None:
        image, name = await subject.image_for(subject.locked)
        await all_of(subject.registry.push(name, subject.credentials))
        await subject.store.remove(image)
        await all_of(subject.registry.pull(name, "", subject.credentials))
        assert (await subject.store.find(str(name))).id == image.id

    @pytest.mark.parametrize("credentials", [None, WRONG, Credentials("nobody", "")])
    async def test_with_other_credentials(self, subject: Registries, credentials: Credentials | None) -> None:
        _, name = await subject.image_for(subject.locked)
        absent = ImageReference.parse(f"{subject.locked}/{new_id()[:16]}:1")
        for transfer in (
            subject.registry.push(name, credentials),
            subject.registry.pull(absent, "", credentials),
        ):
            with pytest.raises(Unauthenticated) as raised:
                await all_of(transfer)
            assert raised.value.fields() == {"registry": subject.locked, "problem": "unauthorized"}
        assert not await subject.is_here(absent)

    async def test_where_nobody_answers(self, subject: Registries) -> None:
        _, name = await subject.image_for(subject.nobody)
        absent = ImageReference.parse(f"{subject.nobody}/not/found:404")
        for transfer in (subject.registry.push(name, None), subject.registry.pull(absent, "", None)):
            with pytest.raises(Unavailable) as raised:
                await all_of(transfer)
            assert (raised.value.service, raised.value.address) == ("registry", subject.nobody)
            assert raised.value.problem == "refused"

    async def test_ending_a_pull_early_leaves_no_name(self, subject: Registries) -> None:
        _, name = await subject.pushed()
        async with aclosing(subject.registry.pull(name, "", None)) as steps:
            async for _ in steps:
                break
        assert not await subject.is_here(name)

    async def test_ending_a_pull_early_keeps_a_name_that_was_here(self, subject: Registries) -> None:
        image, name = await subject.image_for(subject.open)
        await all_of(subject.registry.push(name, None))
        async with aclosing(subject.registry.pull(name, "", None)) as steps:
            async for _ in steps:
                break
        assert (await subject.store.find(str(name))).id == image.id
