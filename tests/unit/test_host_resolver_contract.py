"""The contract on the fake and on a file, and what a file alone can be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.host.resolver import LinuxHostResolver
from domain.network import Dns
from tests.unit.contracts.host_resolver_contract import HostResolverContract, ResolverWorld
from tests.unit.fakes.host_resolver import FakeHostResolver


@dataclass
class FakeMachine:
    """In memory."""

    resolver: FakeHostResolver

    def change(self, settings: Dns) -> None:
        """Set them."""
        self.resolver.found = settings


@dataclass
class ResolvConf:
    """A file."""

    resolver: LinuxHostResolver
    path: Path

    def change(self, settings: Dns) -> None:
        """Write it."""
        lines = [f"nameserver {server}" for server in settings.servers]
        lines += [f"search {' '.join(settings.searches)}"] if settings.searches else []
        lines += [f"options {' '.join(settings.options)}"] if settings.options else []
        self.path.write_text("\n".join(["# as a machine has it", *lines, ""]))


class TestFakeHostResolver(HostResolverContract):
    @pytest.fixture
    def subject(self) -> ResolverWorld:
        return FakeMachine(FakeHostResolver())


@pytest.fixture
def resolv_conf(tmp_path: Path) -> ResolvConf:
    return ResolvConf(LinuxHostResolver(tmp_path / "resolv.conf"), tmp_path / "resolv.conf")


class TestLinuxHostResolver(HostResolverContract):
    @pytest.fixture
    def subject(self, resolv_conf: ResolvConf) -> ResolverWorld:
        return resolv_conf


@pytest.mark.parametrize("text", [None, "", "search example\n"])
async def test_without_a_server_this_machine_is_asked(resolv_conf: ResolvConf, text: str | None) -> None:
    if text is not None:
        resolv_conf.path.write_text(text)
    settings = await resolv_conf.resolver.settings()
    assert settings.servers == ("127.0.0.1",)
    assert settings.searches == (("example",) if text else ())
