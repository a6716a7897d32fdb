"""The name server of containers, and bytes that are no question."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from domain.network import Dns
from entrypoints.daemon.name_server import Endpoint, NameServer, answering
from tests.unit.fakes.host_resolver import FakeHostResolver

LOOPBACK = "127.0.0.1"


async def _resolve(name: str) -> tuple[str, ...]:
    if name == "broken":
        raise ValueError(name)
    return ("192.0.2.7",) if name == "web" else ()


async def _no_name(_address: str) -> str:
    return ""


@pytest.fixture
def host() -> FakeHostResolver:
    return FakeHostResolver()


def _anywhere() -> Endpoint:
    """One at a port that is free for both: what the kernel chooses for datagrams, a connection may hold."""
    while True:
        with suppress(OSError):
            return Endpoint.bind(LOOPBACK, 0)


@pytest.fixture
async def port(host: FakeHostResolver) -> AsyncIterator[int]:
    """Where a name server answers."""
    endpoint = _anywhere()
    async with answering(NameServer(_resolve, _no_name, host, LOOPBACK), endpoint):
        yield endpoint.port


async def _addresses(port: int) -> str:
    answer = await dns.asyncquery.udp(dns.message.make_query("web.", "A"), LOOPBACK, port=port, timeout=5)
    return str(answer.answer[0][0])


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0",
        b"\xff" * 12,
        b"x" * 2000,
        dns.message.make_query("broken.", "A").to_wire(),
        dns.message.make_query("web.", "A").to_wire()[:-3],
    ],
)
async def test_a_bad_datagram_takes_no_other_with_it(port: int, datagram: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, (LOOPBACK, port))
    assert await _addresses(port) == "192.0.2.7"


async def test_a_bad_message_over_tcp_ends_its_connection_alone(port: int) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    wire = dns.message.make_query("broken.", "A").to_wire()
    writer.write(len(wire).to_bytes(2, "big") + wire)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    assert await _addresses(port) == "192.0.2.7"


async def test_a_server_of_the_host_that_is_no_address_is_passed_over(
    port: int, host: FakeHostResolver
) -> None:
    host.found = Dns(("no-address", "fe80::1%nosuchlink", "256.1.1.1"))
    answer = await dns.asyncquery.udp(
        dns.message.make_query("elsewhere.", "A"), LOOPBACK, port=port, timeout=9
    )
    assert answer.rcode() == dns.rcode.SERVFAIL
