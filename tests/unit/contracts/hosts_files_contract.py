"""What every HostsFiles does."""

from __future__ import annotations

import pytest

from application.ports.host import HostsFiles

NAMES = (("db", "10.0.0.2"), ("other", "fd00::2"))


class HostsFilesContract:
    """Override `subject`: files without any written."""

    @pytest.fixture
    def subject(self) -> HostsFiles:
        raise NotImplementedError

    async def test_each_container_has_one_of_its_own(self, subject: HostsFiles) -> None:
        one, two = await subject.write("1" * 64, NAMES), await subject.write("2" * 64, ())
        assert one.source != two.source
        assert one.target == two.target == "/etc/hosts"

    async def test_it_is_written_anew_and_removed_once_and_again(self, subject: HostsFiles) -> None:
        first = await subject.write("1" * 64, ())
        assert await subject.write("1" * 64, NAMES) == first
        for _ in range(2):
            await subject.remove("1" * 64)
        assert await subject.write("1" * 64, NAMES) == first
