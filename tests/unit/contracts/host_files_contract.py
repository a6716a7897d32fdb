"""What every HostFiles does."""

from __future__ import annotations

import asyncio

import pytest

from application.ports.host import HostFiles
from domain.errors import InvalidArgument


class HostFilesContract:
    """Override `subject`: host files without volumes."""

    @pytest.fixture
    def subject(self) -> HostFiles:
        raise NotImplementedError

    async def test_what_is_there_exists(self, subject: HostFiles) -> None:
        assert await subject.exists("/")
        assert not await subject.exists("/no/such/path")

    async def test_a_volume_has_a_folder_of_its_own(self, subject: HostFiles) -> None:
        paths = [await subject.make_volume(name) for name in ("one", "two")]
        assert len(set(paths)) == 2
        assert all([await subject.exists(path) for path in paths])

    async def test_it_is_made_once(self, subject: HostFiles) -> None:
        paths = await asyncio.gather(*(subject.make_volume("data") for _ in range(8)))
        assert len(set(paths)) == 1

    async def test_it_can_be_removed_and_made_anew(self, subject: HostFiles) -> None:
        path, other = await subject.make_volume("data"), await subject.make_volume("data2")
        await asyncio.gather(*(subject.remove_volume("data") for _ in range(4)))
        assert not await subject.exists(path)
        assert await subject.exists(other)
        await subject.remove_volume("data")
        assert await subject.make_volume("data") == path
        assert await subject.exists(path)

    @pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc", "a\0b"])
    async def test_a_name_cannot_lead_out_of_the_folder(self, subject: HostFiles, name: str) -> None:
        for method in (subject.make_volume, subject.remove_volume):
            with pytest.raises(InvalidArgument):
                await method(name)
