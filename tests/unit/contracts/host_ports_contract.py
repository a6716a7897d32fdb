"""What every HostPorts does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from application.ports.host import HostPorts
from domain.errors import InvalidArgument, PortInUse
from domain.network import PortBinding

Hold = Callable[[PortBinding], Awaitable[tuple[PortBinding, str]]]
"""Has a process hold a port (any, for host port 0); gives the port and the process."""


class HostPortsContract:
    """Override `subject` and `hold`."""

    @pytest.fixture
    def subject(self) -> HostPorts:
        raise NotImplementedError

    @pytest.fixture
    def hold(self) -> Hold:
        raise NotImplementedError

    async def test_nothing_is_decided_for_nothing(self, subject: HostPorts) -> None:
        assert await subject.decide(()) == ()

    async def test_free_ports_are_found_in_order_and_only_once(self, subject: HostPorts) -> None:
        wanted = tuple(
            PortBinding(number, protocol) for number in range(1, 20) for protocol in ("tcp", "udp")
        )
        decided = await subject.decide(wanted)
        assert tuple(port.at(0) for port in decided) == wanted
        assert all(port.host_port >= 1024 for port in decided)
        assert len({(port.host_port, port.protocol) for port in decided}) == len(wanted)

    async def test_a_named_port_that_is_free_stays_and_is_not_drawn_again(self, subject: HostPorts) -> None:
        (free,) = await subject.decide((PortBinding(80),))
        first, second = await subject.decide((PortBinding(81), free))
        assert second == free
        assert first.host_port != free.host_port

    @pytest.mark.parametrize("protocol", ["tcp", "udp"])
    @pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
    async def test_a_port_of_a_process_is_seen(
        self, subject: HostPorts, hold: Hold, protocol: str, address: str
    ) -> None:
        held, process = await hold(PortBinding(80, protocol))
        wanted = PortBinding(80, protocol, address, held.host_port)
        with pytest.raises(PortInUse) as caught:
            await subject.decide((wanted,))
        assert (caught.value.address, caught.value.container) == (str(wanted), "")
        assert caught.value.process == process

    async def test_the_other_protocol_is_free(self, subject: HostPorts, hold: Hold) -> None:
        held, _ = await hold(PortBinding(80))
        other = PortBinding(80, "udp", host_port=held.host_port)
        assert await subject.decide((other,)) == (other,)

    async def test_one_port_cannot_be_published_twice(self, subject: HostPorts) -> None:
        (free,) = await subject.decide((PortBinding(80),))
        with pytest.raises(InvalidArgument):
            await subject.decide((free, PortBinding(81, host_port=free.host_port)))

    async def test_a_foreign_address_is_refused(self, subject: HostPorts) -> None:
        with pytest.raises(InvalidArgument):
            await subject.decide((PortBinding(80, host_address="192.0.2.1", host_port=18080),))

    async def test_a_range_gives_its_first_free_port(self, subject: HostPorts, hold: Hold) -> None:
        held, _ = await hold(PortBinding(80))
        first = min(held.host_port, 65000)
        wanted = PortBinding(80, host_port=first, host_last=first + 20)
        (decided,) = await subject.decide((wanted,))
        assert decided.decided
        assert first < decided.host_port <= first + 20
        (other,) = await subject.decide((wanted,), (decided,))
        assert first < other.host_port <= first + 20
        assert other.host_port != decided.host_port

    async def test_a_range_that_is_taken(self, subject: HostPorts, hold: Hold) -> None:
        held, process = await hold(PortBinding(80))
        wanted = PortBinding(80, host_port=held.host_port, host_last=held.host_port)
        with pytest.raises(PortInUse) as caught:
            await subject.decide((wanted,))
        assert caught.value.process == process
