"""What `rmi` removes, what it refuses, and that nothing is made from what is being removed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from application.support.image_uses import ImageUses
from application.use_cases.image.prune import PrunedImages
from domain.errors import AmbiguousReference, Conflict, InUse, NotFound
from domain.filters import ImageFilters
from domain.image import Blob, Image, ImageReference
from domain.spec import ContainerSpec
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.image_store import FakeImageStore
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image, running_loops

ONE = ImageReference.parse("one").tagged()


@pytest.fixture
async def world() -> FakeWorld:
    made = FakeWorld()
    await put_image(made.images)
    return made


@pytest.fixture
def daemon(world: FakeWorld) -> Daemon:
    return world.daemon()


async def the_image(world: FakeWorld) -> Image:
    return await world.images.find(IMAGE)


async def test_a_name_among_several_then_the_image(world: FakeWorld, daemon: Daemon) -> None:
    image = await the_image(world)
    await world.images.tag(image, ONE)
    remove = daemon.remove_image()
    with pytest.raises(Conflict):
        await remove(image.id, force=False)
    assert await remove("one", force=False) == (("one:latest",), ())
    assert await remove(f"busybox@{image.digest}", force=False) == (("busybox:latest",), (image.id,))
    with pytest.raises(NotFound):
        await remove("busybox", force=False)


async def test_by_id_all_names_go_with_force(world: FakeWorld, daemon: Daemon) -> None:
    image = await the_image(world)
    await world.images.tag(image, ONE)
    names, ids = await daemon.remove_image()(image.id[:20], force=True)
    assert (set(names), ids) == ({"busybox:latest", "one:latest"}, (image.id,))


@pytest.mark.parametrize("started", [False, True])
async def test_what_a_container_uses(world: FakeWorld, daemon: Daemon, *, started: bool) -> None:
    async with running_loops(daemon):
        image = await the_image(world)
        await daemon.create()(ContainerSpec(IMAGE, ("sleep", "9")), "user")
        if started:
            await daemon.start()("user")
        remove = daemon.remove_image()
        for reference in (IMAGE, image.id):
            with pytest.raises(InUse) as raised:
                await remove(reference, force=False)
            assert raised.value.user == "user"
        assert await remove(IMAGE, force=True) == (("busybox:latest",), ())
        assert (await world.images.find(image.id)).references == ()
        if started:
            with pytest.raises(InUse):
                await remove(image.id, force=True)
        else:
            assert await remove(image.id, force=True) == ((), (image.id,))


async def test_a_prefix_of_two_ids_is_refused(world: FakeWorld, daemon: Daemon) -> None:
    image = await the_image(world)
    for digit in "12":
        twin = f"{image.id[:-1]}{digit}"
        world.images.images[twin] = Image(twin, "sha256:0", (), image.created_at, 1, image.config, "")
    with pytest.raises(AmbiguousReference):
        await daemon.remove_image()(image.id[:20], force=True)


async def test_what_is_being_removed_is_not_used_and_the_other_way_round() -> None:
    uses, store = ImageUses(), FakeImageStore()
    await put_image(store)
    image = await store.find(IMAGE)
    order: list[str] = []

    async def remove() -> None:
        async with uses.removing(image.id):
            order.append("removed")
            await store.remove(image)

    async with uses.using(lambda: store.find(IMAGE)):
        assert uses.is_used(image.id)
        removing = asyncio.create_task(remove())
        late = asyncio.create_task(uses.using(lambda: store.find(IMAGE)).__aenter__())
        for _ in range(10):
            await asyncio.sleep(0)
        order.append("made")
    await removing
    assert order == ["made", "removed"]
    with pytest.raises(NotFound):
        await late
    assert not uses.is_used(image.id)


async def test_what_was_found_while_it_was_removed_is_looked_for_again() -> None:
    uses, store = ImageUses(), FakeImageStore()
    await put_image(store)
    image = await store.find(IMAGE)

    async def slow() -> Image:
        found = await store.find(IMAGE)
        async with uses.removing(image.id):
            await store.remove(image)
        return found

    with pytest.raises(NotFound):
        async with uses.using(slow):
            pass


async def test_prune_counts_and_removes_only_what_is_not_used(world: FakeWorld, daemon: Daemon) -> None:
    image = await the_image(world)
    kubelets = replace(image, id=f"sha256:{'1' * 64}", references=(ONE,), pinned=False)
    nameless = replace(
        image, id=f"sha256:{'2' * 64}", references=(), blobs=(*image.blobs, Blob("sha256:x", 7))
    )
    world.images.images |= {kubelets.id: kubelets, nameless.id: nameless}
    prune = daemon.prune_images()
    dry = await prune(ImageFilters(), named=True, dry_run=True)
    assert set(dry.deleted) == {image.id, nameless.id}
    assert len(world.images.images) == 3
    assert await prune(ImageFilters(), named=False, dry_run=False) == PrunedImages((), (nameless.id,), 7)
    await daemon.create()(ContainerSpec(IMAGE, ("sleep", "9")), "user")
    assert await prune(ImageFilters(), named=True, dry_run=False) == PrunedImages((), (), 0)
    assert set(world.images.images) == {image.id, kubelets.id}
