"""The contract on containerd, and what only a real store can show."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from adapters.containerd.channel import NAMESPACE, open_channel
from adapters.containerd.images.store import ContainerdImageStore
from adapters.containerd.proto import images_pb2
from adapters.containerd.proto.images_pb2_grpc import ImagesStub
from adapters.containerd.proto.types_pb2 import Descriptor
from application.ports.images import ImageStore
from domain.errors import InvalidArgument, NotFound, Unavailable
from domain.image import Image
from domain.names import new_id
from tests.oci_archive import an_archive, in_chunks, index_archive
from tests.unit.contracts.image_store_contract import ImageStoreContract, a_name, loaded

CTR = str(Path(sys.prefix) / "libexec" / "k3c" / "ctr")
PINNED = {"io.cri-containerd.image": "managed", "io.cri-containerd.pinned": "pinned"}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
TEST_HOST = "k3c.test/"


@pytest.fixture
async def channel(containerd_socket: str) -> AsyncIterator[grpc.aio.Channel]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        yield channel


@pytest.fixture
async def store(channel: grpc.aio.Channel) -> AsyncIterator[ContainerdImageStore]:
    """The store of the shared containerd; what a test makes is taken away."""
    store = ContainerdImageStore(channel, "overlayfs")
    before = {image.id for image in await store.list()}
    yield store
    for image in await store.list():
        ours = all(str(name).startswith(TEST_HOST) for name in image.references)
        if ours and image.id not in before:
            await store.remove(image)


class TestContainerdImageStore(ImageStoreContract):
    @pytest.fixture
    def subject(self, store: ContainerdImageStore) -> ImageStore:
        return store


async def records(channel: grpc.aio.Channel) -> dict[str, images_pb2.Image]:
    """All names that containerd has."""
    listed = await ImagesStub(channel).List(images_pb2.ListImagesRequest(), metadata=NAMESPACE)
    return {image.name: image for image in listed.images}


async def has_content(socket: str, digest: str) -> bool:
    """Whether a blob is in the content store, by containerd's own client."""
    command = [CTR, "-a", socket, "-n", "k8s.io", "content", "ls", "-q"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    return digest in done.stdout.split()


async def make_record(channel: grpc.aio.Channel, name: str, target: Descriptor) -> None:
    """A name as other tools make it."""
    image = images_pb2.Image(name=name, target=target)
    await ImagesStub(channel).Create(images_pb2.CreateImageRequest(image=image), metadata=NAMESPACE)


async def test_every_name_is_pinned_and_cris_with_them(
    channel: grpc.aio.Channel, store: ContainerdImageStore
) -> None:
    first, second = a_name(), a_name()
    image = await loaded(store, first)
    await store.tag(image, second)
    found = await records(channel)
    assert [dict(found[name].labels) for name in (str(first), str(second), image.id)] == [PINNED] * 3
    assert len({found[name].target.digest for name in (str(first), str(second), image.id)}) == 1


async def test_tagging_onto_its_own_name_pins_it_again(
    channel: grpc.aio.Channel, store: ContainerdImageStore
) -> None:
    image = await loaded(store, name := a_name())
    bare = images_pb2.Image(name=str(name), target=(await records(channel))[str(name)].target)
    await ImagesStub(channel).Update(images_pb2.UpdateImageRequest(image=bare), metadata=NAMESPACE)
    assert (await records(channel))[str(name)].labels != PINNED  # CRI may have put back what is its own
    await store.tag(image, name)
    assert dict((await records(channel))[str(name)].labels) == PINNED


async def test_removing_takes_the_content_away_at_once(
    containerd_socket: str, store: ContainerdImageStore
) -> None:
    image = await loaded(store, name := a_name())
    assert await has_content(containerd_socket, image.id)
    await store.untag(name)
    assert not await has_content(containerd_socket, image.id)
    image = await loaded(store, a_name())
    await store.remove(image)
    assert not await has_content(containerd_socket, image.id)


async def ours(channel: grpc.aio.Channel) -> set[str]:
    return {name for name in await records(channel) if name.startswith(TEST_HOST)}


async def test_a_tag_deleted_at_once_stays_away(
    channel: grpc.aio.Channel, store: ContainerdImageStore
) -> None:
    for _ in range(5):
        image = await loaded(store, a_name())
        await store.remove(image)
    before = await ours(channel)
    image = await loaded(store, name := a_name())
    gone = [a_name() for _ in range(20)]
    for tag in gone:
        await store.tag(image, tag)
        await store.untag(tag)
    await asyncio.sleep(1)
    assert await ours(channel) - before == {str(name)}


async def test_a_loaded_image_is_unpacked(containerd_socket: str, store: ContainerdImageStore) -> None:
    name = a_name()
    await store.load(in_chunks(an_archive(text := new_id())), name)
    command = [CTR, "-a", containerd_socket, "-n", "k8s.io", "images", "check", "-q", f"name=={name}"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(name)], text


async def test_a_snapshotter_that_transfers_do_not_unpack_for(
    channel: grpc.aio.Channel, store: ContainerdImageStore
) -> None:
    image = await loaded(ContainerdImageStore(channel, "native"), name := a_name())
    assert await store.find(str(name)) == image


async def test_this_machines_platform_is_the_one_of_an_index(store: ContainerdImageStore) -> None:
    own = (await loaded(store, a_name())).platform
    name = a_name()
    archives = {"linux/s390x": an_archive("other"), own: an_archive("own", Cmd=["own"])}
    await store.load(in_chunks(index_archive(archives)), name)
    image = await store.find(str(name))
    assert (image.platform, image.config.command) == (own, ("own",))


async def test_an_archive_for_other_machines_is_refused(store: ContainerdImageStore) -> None:
    name = a_name()
    with pytest.raises(InvalidArgument):
        await store.load(in_chunks(index_archive({"linux/s390x": an_archive("other")})), name)
    with pytest.raises(NotFound):
        await store.find(str(name))


async def test_an_image_without_content_is_listed_and_can_be_removed(
    channel: grpc.aio.Channel, store: ContainerdImageStore
) -> None:
    name = a_name()
    digest = f"sha256:{hashlib.sha256(str(name).encode()).hexdigest()}"
    await make_record(channel, str(name), Descriptor(media_type=MANIFEST, digest=digest, size=10))
    image = await store.find(str(name))
    assert (image.id, image.references, image.size) == (digest, (name,), 0)
    await store.untag(name)
    with pytest.raises(NotFound):
        await store.find(str(name))


async def test_what_is_no_image_does_not_break_the_list(
    channel: grpc.aio.Channel, store: ContainerdImageStore, containerd_socket: str
) -> None:
    for number, document in enumerate((b"\x00\x01", b"[1]", b'{"config": 3}', b'{"manifests": [7]}', b"{}")):
        digest = f"sha256:{hashlib.sha256(document).hexdigest()}"
        command = [CTR, "-a", containerd_socket, "-n", "k8s.io", "content", "ingest", f"k3c-test-{number}"]
        await asyncio.to_thread(subprocess.run, command, input=document, check=True)
        name = f"{TEST_HOST}odd:{number}"
        await make_record(channel, name, Descriptor(media_type=MANIFEST, digest=digest, size=len(document)))
        assert (await store.find(name)).id == digest
    assert json.dumps([image.id for image in await store.list()])


async def test_names_of_other_tools_are_kept(channel: grpc.aio.Channel, store: ContainerdImageStore) -> None:
    image = await loaded(store, name := a_name())
    await make_record(channel, f"import {image.id}", (await records(channel))[str(name)].target)
    await store.untag(name)
    found: Image = await store.find(image.id)
    assert found.references == ()
    await store.remove(found)
    assert f"import {image.id}" not in await records(channel)


async def test_large_archives(store: ContainerdImageStore) -> None:
    name = a_name()
    await store.load(in_chunks(an_archive("0123456789abcdef" * (1 << 21)), 5_000_000), name)
    assert (await store.find(str(name))).size > 1 << 25


async def test_no_containerd(tmp_path: Path) -> None:
    async with open_channel(f"unix://{tmp_path}/nobody.sock") as channel:
        store = ContainerdImageStore(channel, "overlayfs")
        for call in (store.list(), store.find("busybox"), store.load(in_chunks(an_archive("")), a_name())):
            with pytest.raises(Unavailable) as raised:
                await call
            assert raised.value.service == "containerd"
            assert raised.value.address == f"unix://{tmp_path}/nobody.sock"
