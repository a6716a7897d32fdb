"""The contract on containerd and real registries, and what only these can show."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from adapters.containerd.channel import NAMESPACE, open_channel
from adapters.containerd.images.oci_archive import single_layer_image
from adapters.containerd.images.registry import ContainerdImageRegistry
from adapters.containerd.images.store import ContainerdImageStore
from adapters.containerd.proto import images_pb2
from adapters.containerd.proto.images_pb2_grpc import ImagesStub
from adapters.containerd.proto.types_pb2 import Descriptor
from domain.errors import InvalidArgument, NotFound, Unavailable
from domain.image import Credentials, ImageReference
from domain.names import new_id
from tests.integration.daemon import free_port
from tests.integration.registry import Registry
from tests.oci_archive import an_archive, in_chunks, index_archive
from tests.unit.contracts.image_registry_contract import (
    ImageRegistryContract,
    Registries,
    all_of,
    check_progress,
)


@pytest.fixture
async def channel(containerd_socket: str) -> AsyncIterator[grpc.aio.Channel]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        yield channel


@pytest.fixture
async def registries(
    channel: grpc.aio.Channel, registry: str, locked_registry: Registry
) -> AsyncIterator[Registries]:
    """The shared containerd and two registries; the images that a test makes are taken away."""
    store = ContainerdImageStore(channel, "overlayfs")
    before = {image.id for image in await store.list()}
    transfers = ContainerdImageRegistry(channel, "overlayfs")
    credentials = Credentials("tester", "hunter2")
    nobody = f"127.0.0.1:{free_port()}"
    hosts = {registry, locked_registry.address, nobody}
    yield Registries(store, transfers, registry, locked_registry.address, nobody, credentials)
    for image in await store.list():
        if image.id not in before and hosts & {name.registry for name in image.references}:
            await store.remove(image)


class TestContainerdImageRegistry(ImageRegistryContract):
    @pytest.fixture
    def subject(self, registries: Registries) -> Registries:
        return registries


async def names(channel: grpc.aio.Channel) -> dict[str, dict[str, str]]:
    """Labels by name, of all names that containerd has."""
    listed = await ImagesStub(channel).List(images_pb2.ListImagesRequest(), metadata=NAMESPACE)
    return {image.name: dict(image.labels) for image in listed.images}


async def big_image(registries: Registries, megabytes: int) -> ImageReference:
    """An image of random bytes, under a name at the open registry."""
    name = ImageReference.parse(f"{registries.open}/{new_id()[:16]}:big")
    layer = os.urandom(megabytes << 20)
    await registries.store.load(in_chunks(single_layer_image({"big": (layer, 0o600)}, {})), name)
    return name


async def test_a_pulled_image_is_pinned_and_cris_with_it(
    channel: grpc.aio.Channel, registries: Registries
) -> None:
    image, name = await registries.pushed()
    await all_of(registries.registry.pull(name, "", None))
    labels = {"io.cri-containerd.image": "managed", "io.cri-containerd.pinned": "pinned"}
    found = await names(channel)
    assert (found[str(name)], found[image.id]) == (labels, labels)


async def test_the_registry_has_what_was_pushed(registries: Registries, plain_registry: Registry) -> None:
    _, name = await registries.pushed()
    assert await asyncio.to_thread(plain_registry.tags, name.path) == [name.tag]


async def test_one_platform_of_several(channel: grpc.aio.Channel, registries: Registries) -> None:
    """A pull brings this machine's alone; that can be tagged and pushed on, which the index could not."""
    own = (await registries.image_for(registries.open))[0].platform
    name = ImageReference.parse(f"{registries.open}/{new_id()[:16]}:index")
    archives = {"linux/s390x": an_archive(new_id()), own: an_archive(new_id())}
    await registries.store.load(in_chunks(index_archive(archives)), name)
    await all_of(registries.registry.push(name, None))
    image = await registries.store.find(str(name))
    await registries.store.remove(image)
    await all_of(registries.registry.pull(name, "", None))
    other = ImageReference.parse(f"{registries.open}/{new_id()[:16]}:copy")
    await registries.store.tag(image, other)
    before = await names(channel)
    await all_of(registries.registry.push(other, None))
    assert await names(channel) == before
    await registries.store.remove(image)
    await all_of(registries.registry.pull(other, "", None))
    assert (await registries.store.find(str(other))).id == image.id


class CollectedMeanwhile(ContainerdImageStore):
    """A store whose garbage is collected just after an image was found complete."""

    async def collect(self) -> None:
        name = ImageReference.parse(f"example.com/{new_id()[:16]}:1")
        await self.load(in_chunks(an_archive(new_id())), name)
        await self.remove(await self.find(str(name)))

    @asynccontextmanager
    async def complete(self, reference: ImageReference) -> AsyncIterator[tuple[str, Descriptor]]:
        async with super().complete(reference) as complete:
            await self.collect()
            yield complete


async def test_other_platforms_that_are_collected_while_an_index_is_pushed(
    channel: grpc.aio.Channel, registries: Registries, plain_registry: Registry
) -> None:
    own = (await registries.image_for(registries.open))[0].platform
    name = ImageReference.parse(f"{registries.open}/{new_id()[:16]}:index")
    archives = {"linux/s390x": an_archive(new_id()), own: an_archive(new_id())}
    registry = ContainerdImageRegistry(channel, "overlayfs")
    registry._images = CollectedMeanwhile(channel, "overlayfs")
    await registries.store.load(in_chunks(index_archive(archives)), name)
    image = await registries.store.find(str(name))
    await all_of(registry.push(name, None))
    assert await asyncio.to_thread(plain_registry.tags, name.path) == [name.tag]
    await registries.store.remove(image)
    await all_of(registries.registry.pull(name, "", None))
    assert (await registries.store.find(str(name))).id == image.id


async def test_a_snapshotter_that_transfers_do_not_unpack_for(
    channel: grpc.aio.Channel, registries: Registries
) -> None:
    image, name = await registries.pushed()
    await all_of(ContainerdImageRegistry(channel, "native").pull(name, "", None))
    assert (await registries.store.find(str(name))).id == image.id


async def test_another_platform(channel: grpc.aio.Channel, registries: Registries) -> None:
    repository = new_id()[:16]
    name = ImageReference.parse(f"{registries.open}/{repository}:index")
    own = (await registries.image_for(registries.open))[0].platform
    archives = {"linux/s390x": an_archive(new_id()), own: an_archive(new_id())}
    await asyncio.to_thread(Registry(registries.open).put, repository, "index", index_archive(archives))
    ids = set()
    for platform in archives:
        await all_of(registries.registry.pull(name, platform, None))
        image = await registries.store.find(str(name))
        assert image.platform == platform
        ids.add(image.id)
        await registries.store.remove(image)
    assert len(ids) == 2
    with pytest.raises(NotFound):
        await all_of(registries.registry.pull(name, "linux/ppc64le", None))
    assert not await registries.is_here(name)
    with pytest.raises(InvalidArgument):
        await all_of(registries.registry.pull(name, "nonsense", None))


async def test_a_big_image_both_ways(registries: Registries) -> None:
    name = await big_image(registries, 200)
    image = await registries.store.find(str(name))
    check_progress(await all_of(registries.registry.push(name, None)))
    await registries.store.remove(image)
    check_progress(await all_of(registries.registry.pull(name, "", None)))
    assert (await registries.store.find(str(name))).size == image.size


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
async def test_a_cancelled_pull_leaves_no_name(
    channel: grpc.aio.Channel, registries: Registries, seconds: float
) -> None:
    name = await big_image(registries, 20)
    await all_of(registries.registry.push(name, None))
    await registries.store.remove(await registries.store.find(str(name)))
    pulling = asyncio.create_task(all_of(registries.registry.pull(name, "", None)))
    await asyncio.sleep(seconds)
    was_done = not pulling.cancel()
    await asyncio.wait({pulling})
    await asyncio.sleep(0.3)
    assert (str(name) in await names(channel)) is was_done
    await all_of(registries.registry.pull(name, "", None))
    assert await registries.is_here(name)


async def test_a_cancelled_pull_beside_another_of_the_same_image(registries: Registries) -> None:
    name = await big_image(registries, 20)
    await all_of(registries.registry.push(name, None))
    await registries.store.remove(await registries.store.find(str(name)))
    first, second = (asyncio.create_task(all_of(registries.registry.pull(name, "", None))) for _ in range(2))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.wait({first, second})
    assert second.exception() is None
    assert await registries.is_here(name)


async def test_a_cancelled_push_ends(registries: Registries) -> None:
    name = await big_image(registries, 50)
    pushing = asyncio.create_task(all_of(registries.registry.push(name, None)))
    await asyncio.sleep(0.05)
    pushing.cancel()
    await asyncio.wait_for(asyncio.wait({pushing}), 5)
    assert pushing.cancelled()
    await all_of(registries.registry.push(name, None))


async def test_a_registry_without_a_host(registries: Registries) -> None:
    name = ImageReference.parse("registry.invalid/some/image:1")
    with pytest.raises(Unavailable) as raised:
        await all_of(registries.registry.pull(name, "", None))
    assert (raised.value.service, raised.value.address) == ("registry", "registry.invalid")


async def test_no_containerd(tmp_path: Path) -> None:
    async with open_channel(f"unix://{tmp_path}/nobody.sock") as channel:
        registry = ContainerdImageRegistry(channel, "overlayfs")
        name = ImageReference.parse("registry.invalid/some/image:1")
        for transfer in (registry.pull(name, "", Credentials("a", "b")), registry.push(name, None)):
            with pytest.raises(Unavailable) as raised:
                await all_of(transfer)
            assert raised.value.address == f"unix://{tmp_path}/nobody.sock"
