"""What every Gates does."""

from __future__ import annotations

import pytest

from application.ports.streams import Gates


class GatesContract:
    """Override `subject`: gates without any shut."""

    @pytest.fixture
    def subject(self) -> Gates:
        raise NotImplementedError

    async def test_each_container_has_a_gate_of_its_own(self, subject: Gates) -> None:
        one, two = await subject.shut("1" * 64), await subject.shut("2" * 64)
        assert one.mount.source != two.mount.source
        assert one.mount.read_only
        for path in (one.program, one.fifo):
            assert path.startswith(f"{one.mount.target}/")

    async def test_nobody_stands_where_no_gate_is(self, subject: Gates) -> None:
        assert not await subject.reached("1" * 64)
        assert not subject.is_shut("1" * 64)

    async def test_it_can_be_shut_anew_and_is_removed_once_and_again(self, subject: Gates) -> None:
        first = await subject.shut("1" * 64)
        assert subject.is_shut("1" * 64)
        assert await subject.shut("1" * 64) == first
        for _ in range(2):
            await subject.remove("1" * 64)
            assert not subject.is_shut("1" * 64)
        assert await subject.shut("1" * 64) == first
        await subject.remove("1" * 64)
