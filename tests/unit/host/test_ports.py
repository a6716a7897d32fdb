"""Ports of this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from adapters.host.errors import cannot_bind
from adapters.host.holders import holder, parse_address
from adapters.host.ports import LinuxHostPorts
from domain.errors import InvalidArgument, PortInUse
from domain.network import PortBinding

PORTS = LinuxHostPorts()
MYSELF = f"{Path('/proc/self/comm').read_text().strip()} (pid {os.getpid()})"


async def test_a_connection_in_time_wait_does_not_hold_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        served, _ = server.accept()
        served.close()  # who closes first is left in TIME_WAIT
        client.recv(1)
        client.close()
    assert any(
        fields[1].endswith(f":{port:04X}") and fields[3] == "06"
        for fields in map(str.split, Path("/proc/net/tcp").read_text().splitlines())
    )
    wanted = PortBinding(80, host_port=port)
    assert await PORTS.decide((wanted,)) == (wanted,)


async def test_a_listener_on_all_addresses_holds_each() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server, pytest.raises(PortInUse) as caught:
        await PORTS.decide((PortBinding(80, host_port=server.getsockname()[1]),))
    assert caught.value.process == MYSELF


async def test_a_dual_stack_listener_holds_ipv4_too() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        for address in ("127.0.0.1", "0.0.0.0", "::1", "::"):
            with pytest.raises(PortInUse) as caught:
                await PORTS.decide((PortBinding(80, host_address=address, host_port=port),))
            assert caught.value.process == MYSELF


async def test_nothing_is_left_bound() -> None:
    (decided,) = await PORTS.decide((PortBinding(80),))
    with socket.create_server((decided.host_address, decided.host_port)), pytest.raises(PortInUse):
        await PORTS.decide((decided,))
    assert await PORTS.decide((decided,)) == (decided,)


def test_a_free_port_has_no_holder() -> None:
    assert holder(PortBinding(80, host_port=1)) == ""
    assert holder(PortBinding(80, "sctp", host_port=1)) == ""


@pytest.mark.parametrize(
    ("number", "problem"),
    [(13, "port-privileged"), (99, "port-address-elsewhere"), (93, "port-protocol"), (22, "reported")],
)
def test_why_a_port_cannot_be_bound(number: int, problem: str) -> None:
    error = cannot_bind(OSError(number, os.strerror(number)), PortBinding(80, host_port=80), "")
    assert isinstance(error, InvalidArgument)
    assert (error.problem, error.detail) == (problem, os.strerror(number))


def test_addresses_as_the_kernel_writes_them() -> None:
    assert str(parse_address("0100007F")) == "127.0.0.1"
    assert str(parse_address("00000000000000000000000001000000")) == "::1"
    assert str(parse_address("0000000000000000FFFF00000100007F")) == "127.0.0.1"
