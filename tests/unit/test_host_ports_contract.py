"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.host import HostPorts
from domain.network import PortBinding
from tests.unit.contracts.host_ports_contract import Hold, HostPortsContract
from tests.unit.fakes.host_ports import FakeHostPorts


class TestFakeHostPorts(HostPortsContract):
    @pytest.fixture
    def fake(self) -> FakeHostPorts:
        return FakeHostPorts()

    @pytest.fixture
    def subject(self, fake: FakeHostPorts) -> HostPorts:
        return fake

    @pytest.fixture
    def hold(self, fake: FakeHostPorts) -> Hold:
        async def hold(binding: PortBinding) -> tuple[PortBinding, str]:
            held = binding.at(binding.host_port or 8080)
            fake.taken[held] = "nginx (pid 812)"
            return held, "nginx (pid 812)"

        return hold
