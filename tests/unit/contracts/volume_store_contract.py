"""What every VolumeStore does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from application.ports.state import ContainerStore, VolumeStore
from domain.errors import AlreadyExists, InUse, NotFound
from domain.volume import Mount, MountKind, Volume
from tests.unit.contracts.container_store_contract import NOON, a_record

DATA = Volume("data", "/volumes/data/_data", NOON, {"k": "v"}, anonymous=True)


class VolumeStoreContract:
    """Override `subject` (a store with nothing in it) and `containers`, the same k3c's."""

    @pytest.fixture
    def subject(self) -> VolumeStore:
        raise NotImplementedError

    @pytest.fixture
    def containers(self) -> ContainerStore:
        raise NotImplementedError

    async def test_a_volume_comes_back_as_it_was_added(self, subject: VolumeStore) -> None:
        assert await subject.add(DATA) == DATA
        assert await subject.list() == (DATA,)

    async def test_a_volume_is_found_by_its_name(self, subject: VolumeStore) -> None:
        await subject.add(replace(DATA, name="other"))
        await subject.add(DATA)
        assert await subject.get("data") == DATA
        with pytest.raises(NotFound):
            await subject.get("dat")

    async def test_they_are_listed_by_name(self, subject: VolumeStore) -> None:
        for name in ("b", "a", "c"):
            await subject.add(replace(DATA, name=name))
        assert [volume.name for volume in await subject.list()] == ["a", "b", "c"]

    async def test_a_known_name_gives_the_volume_that_is_there(self, subject: VolumeStore) -> None:
        await subject.add(DATA)
        assert await subject.add(replace(DATA, path="/elsewhere", anonymous=False)) == DATA
        assert await subject.list() == (DATA,)

    async def test_all_that_add_a_name_at_once_get_the_same(self, subject: VolumeStore) -> None:
        answers = await asyncio.gather(
            *(subject.add(replace(DATA, path=f"/{number}")) for number in range(8))
        )
        assert {answer.path for answer in answers} == {volume.path for volume in await subject.list()}

    async def test_its_users_are_known_by_name(
        self, subject: VolumeStore, containers: ContainerStore
    ) -> None:
        await subject.add(DATA)
        for name in ("web", "db"):
            await containers.add(a_record(name), ("data", "data"))
        await containers.add(a_record("other"), ())
        assert await subject.users("data") == ("db", "web")
        assert await subject.users("nowhere") == ()

    async def test_one_that_is_used_stays(self, subject: VolumeStore, containers: ContainerStore) -> None:
        await subject.add(DATA)
        record = a_record()
        await containers.add(record, ("data",))
        with pytest.raises(InUse) as caught:
            await subject.remove("data")
        assert (caught.value.reference, caught.value.user) == ("data", "web")
        await containers.remove(record.id)
        await subject.remove("data")
        assert await subject.list() == ()

    async def test_an_unknown_one_cannot_be_removed(self, subject: VolumeStore) -> None:
        with pytest.raises(NotFound):
            await subject.remove("nowhere")

    async def test_a_renamed_volume_is_mounted_by_its_new_name(
        self, subject: VolumeStore, containers: ContainerStore
    ) -> None:
        await subject.add(DATA)
        record = a_record()
        mounts = (Mount(MountKind.VOLUME, "data", "/data"), Mount(MountKind.BIND, "data", "/bound"))
        await containers.add(replace(record, spec=replace(record.spec, mounts=mounts)), ("data",))
        new = replace(DATA, name="fresh", path="/volumes/fresh/_data")
        await subject.rename("data", new)
        assert await subject.list() == (new,)
        assert await subject.users("fresh") == (record.name,)
        (kept,) = await containers.list()
        assert [mount.source for mount in kept.spec.mounts] == ["fresh", "data"]

    async def test_a_name_that_is_taken_or_unknown(self, subject: VolumeStore) -> None:
        await subject.add(DATA)
        await subject.add(replace(DATA, name="other"))
        with pytest.raises(AlreadyExists):
            await subject.rename("data", replace(DATA, name="other"))
        with pytest.raises(NotFound):
            await subject.rename("absent", replace(DATA, name="new"))
