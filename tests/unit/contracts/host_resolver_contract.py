"""What every HostResolver does."""

from __future__ import annotations

from typing import Protocol

import pytest

from application.ports.host import HostResolver
from domain.network import Dns


class ResolverWorld(Protocol):
    """A resolver, and the machine whose settings it tells."""

    @property
    def resolver(self) -> HostResolver: ...

    def change(self, settings: Dns) -> None:
        """Give the machine these settings."""


class HostResolverContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> ResolverWorld:
        raise NotImplementedError

    async def test_settings_are_told_as_they_are_now(self, subject: ResolverWorld) -> None:
        for settings in (
            Dns(("127.0.0.53",)),
            Dns(("192.0.2.1", "2001:db8::1"), ("corp.example", "example"), ("ndots:2", "rotate")),
            Dns(("192.0.2.2",)),
        ):
            subject.change(settings)
            assert await subject.resolver.settings() == settings
