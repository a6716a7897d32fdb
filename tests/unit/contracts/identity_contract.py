"""What every Identity does."""

from __future__ import annotations

import asyncio
import re

import pytest

from application.ports.state import Identity


class IdentityContract:
    """Override `subject` and `another`: two k3c that know nothing of each other."""

    @pytest.fixture
    def subject(self) -> Identity:
        raise NotImplementedError

    @pytest.fixture
    def another(self) -> Identity:
        raise NotImplementedError

    async def test_the_name_is_kept(self, subject: Identity) -> None:
        names = set(await asyncio.gather(*(subject.instance() for _ in range(8))))
        assert names == {await subject.instance()}

    async def test_it_is_fit_for_a_label(self, subject: Identity) -> None:
        assert re.fullmatch(r"[a-z0-9]{8,63}", await subject.instance())

    async def test_another_has_another(self, subject: Identity, another: Identity) -> None:
        assert await subject.instance() != await another.instance()
