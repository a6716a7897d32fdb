"""The contract on the fake and on sockets, and what only sockets can show."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import pytest

from adapters.host.relays import TcpPortRelays
from application.ports.host import PortRelays
from domain.network import PortBinding
from tests.unit.contracts.port_relays_contract import PortRelaysContract, RelayWorld
from tests.unit.fakes.port_relays import FakeConversation, FakePortRelays


@dataclass
class FakeTalk:
    """A conversation in memory."""

    through: FakeConversation

    @property
    def address(self) -> str:
        """Where it leads."""
        return self.through.address

    async def is_ended(self) -> bool:
        """At once."""
        return self.through.ended


@dataclass
class FakeRelayWorld:
    """A machine in memory."""

    relays: FakePortRelays = field(default_factory=FakePortRelays)
    addresses: tuple[str, str] = ("10.88.0.2", "10.88.0.3")
    drawn: int = 1024

    def free(self) -> PortBinding:
        """The next number."""
        self.drawn += 1
        return PortBinding(80, "tcp", "::1", self.drawn)

    async def connect(self, binding: PortBinding) -> FakeTalk | None:
        """In memory."""
        conversation = self.relays.connect(binding)
        return FakeTalk(conversation) if conversation is not None else None


class TestFakePortRelays(PortRelaysContract):
    @pytest.fixture
    def subject(self) -> FakeRelayWorld:
        return FakeRelayWorld()


@dataclass
class Talk:
    """A connection whose other side said its address."""

    address: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def is_ended(self) -> bool:
        """Whether it ends within a moment."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(0.05):
                return await self.reader.read(1) == b""
        return self.reader.at_eof() or self.reader.exception() is not None


@dataclass
class SocketWorld:
    """This machine; at two addresses of its loopback somebody says his address and echoes."""

    stack: AsyncExitStack
    port: int = 0
    relays: PortRelays = field(default_factory=TcpPortRelays)
    addresses: tuple[str, str] = ("127.0.0.1", "127.0.0.2")

    async def serve(self) -> None:
        """Answer, until the stack is closed."""
        for address in self.addresses:
            server = await asyncio.start_server(self._answer, address, self.port)
            self.port = server.sockets[0].getsockname()[1]
            self.stack.callback(server.close)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{writer.get_extra_info('sockname')[0]}\n".encode())
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    def free(self) -> PortBinding:
        """One that the kernel draws."""
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            return PortBinding(self.port, "tcp", "::1", probe.getsockname()[1])

    async def connect(self, binding: PortBinding) -> Talk | None:
        """Connect, and read who answers."""
        try:
            reader, writer = await asyncio.open_connection(binding.host_address, binding.host_port)
        except ConnectionRefusedError:
            return None
        self.stack.callback(writer.close)
        return Talk((await reader.readline()).decode().strip(), reader, writer)


@pytest.fixture
async def machine() -> AsyncIterator[SocketWorld]:
    async with AsyncExitStack() as stack:
        world = SocketWorld(stack)
        await world.serve()
        yield world
        for owner in ("owner", "owner 0", "owner 1", "first", "second", "other"):
            await world.relays.close(owner)


class TestTcpPortRelays(PortRelaysContract):
    @pytest.fixture
    def subject(self, machine: SocketWorld) -> RelayWorld:
        return machine


async def test_what_is_said_is_passed_on_both_ways_and_ends_one_way_at_a_time(machine: SocketWorld) -> None:
    binding = machine.free()
    await machine.relays.open("owner", (binding,), machine.addresses[0])
    talk = await machine.connect(binding)
    assert talk is not None
    said = bytes(range(256)) * 1000
    talk.writer.write(said)
    talk.writer.write_eof()
    assert await talk.reader.read() == said


async def test_where_nobody_listens_in_the_container_the_connection_ends(machine: SocketWorld) -> None:
    binding = PortBinding(1, "tcp", "::1", machine.free().host_port)
    await machine.relays.open("owner", (binding,), machine.addresses[0])
    talk = await machine.connect(binding)
    assert talk is not None
    assert talk.address == ""
    assert await talk.is_ended()


# A turn earlier asyncio itself loses the connection: it has been accepted, and its server is gone.
@pytest.mark.parametrize("turns", [0, 3, 4])
async def test_a_connection_that_comes_while_it_is_closed_is_ended(machine: SocketWorld, turns: int) -> None:
    binding = machine.free()
    await machine.relays.open("owner", (binding,), machine.addresses[0])
    with socket.create_connection((binding.host_address, binding.host_port)) as caller:
        for _ in range(turns):
            await asyncio.sleep(0)
        await machine.relays.close("owner")
        caller.setblocking(False)
        with suppress(ConnectionError):
            async with asyncio.timeout(2):
                while await asyncio.get_running_loop().sock_recv(caller, 100):
                    pass
