"""The name server of containers: it answers for their names, and forwards all else to the host's servers."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.reversename
import dns.rrset
import structlog

from application.ports.host import HostResolver
from domain.errors import K3cError

_log = structlog.get_logger("names")
_PORT = 53
_TTL = 1  # seconds: a container has another address after each start
_UPSTREAM_TIMEOUT = 4.0  # seconds for one server of the host's; a resolver's own is 5
_AT_ONCE = 200
_LARGEST = 65535
_PLAIN_UDP = 512  # bytes of an answer to who did not say more, RFC 1035
_IP_FREEBIND = 15  # ip(7); the socket module lacks it
_ADDRESS_TYPES = {dns.rdatatype.A: 4, dns.rdatatype.AAAA: 6}

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]
ResolveAddress = Callable[[str], Awaitable[str]]


class NameServer:
    """Answers a DNS message with a DNS message, whether it came by UDP or by TCP."""

    def __init__(
        self, resolve: Resolve, resolve_address: ResolveAddress, host: HostResolver, own_address: str
    ) -> None:
        """Keep `own_address`, so that the server never asks itself where the host's resolver is this server."""
        self._resolve = resolve
        self._resolve_address = resolve_address
        self._host = host
        self._own_address = own_address
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def answer(self, wire: bytes, *, tcp: bool) -> bytes:
        """Return the answer to a message; b"" for a message that is not a question."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return b""
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return b""
        async with self._places:
            response = await self._respond(query, tcp=tcp)
        return _to_wire(response, _LARGEST if tcp else max(query.payload, _PLAIN_UDP))

    async def _respond(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message:
        try:
            own = await self._own(query.question[0])
        except K3cError as error:
            _log.warning("cannot look a name up", problem=str(error))
            return _failed(query)
        if own is None:
            return await self._forward(query, tcp=tcp)
        response = dns.message.make_response(query, recursion_available=True)
        response.answer.extend(own)
        return response

    async def _own(self, question: dns.rrset.RRset) -> list[dns.rrset.RRset] | None:
        """Return the records of a container's name.

        [] is returned if the name is a container's but has no record of the type, None if the name is not a
        container's.
        """
        if question.rdclass != dns.rdataclass.IN:
            return None
        if question.rdtype == dns.rdatatype.PTR:
            return await self._pointer(question)
        if len(question.name) != 2:  # a container's name is one label, and the root
            return None
        addresses = await self._resolve(question.name.to_text(omit_final_dot=True))
        if not addresses:
            return None
        version = _ADDRESS_TYPES.get(question.rdtype)
        fitting = [text for text in addresses if ipaddress.ip_address(text).version == version]
        return _records(question, fitting)

    async def _pointer(self, question: dns.rrset.RRset) -> list[dns.rrset.RRset] | None:
        try:
            address = dns.reversename.to_address(question.name)
        except dns.exception.DNSException:
            return None
        name = await self._resolve_address(address)
        return _records(question, [f"{name}."]) if name else None

    async def _forward(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message:
        """Ask the host's servers in turn, as the host's own resolver does."""
        ask = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
        for server in (await self._host.settings()).servers:
            if server == self._own_address:
                continue
            try:
                return await ask(query, server, timeout=_UPSTREAM_TIMEOUT)
            except (OSError, ValueError, dns.exception.DNSException) as error:  # ValueError: it is no address
                _log.debug("a name server does not answer", server=server, problem=str(error))
        return _failed(query)


def _records(question: dns.rrset.RRset, values: list[str]) -> list[dns.rrset.RRset]:
    if not values:
        return []
    return [dns.rrset.from_text_list(question.name, _TTL, question.rdclass, question.rdtype, values)]


def _failed(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(dns.rcode.SERVFAIL)
    return response


def _to_wire(response: dns.message.Message, largest: int) -> bytes:
    """Return the message's bytes, truncated and marked so if it is too large, so that the client asks by TCP."""
    try:
        return response.to_wire(max_size=largest)
    except dns.exception.TooBig:
        response.answer.clear()
        response.authority.clear()
        response.additional.clear()
        response.flags |= dns.flags.TC
        return response.to_wire(max_size=largest)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer, tasks: asyncio.TaskGroup) -> None:
        self._server = server
        self._tasks = tasks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._tasks.create_task(self._reply(data, addr))

    async def _reply(self, data: bytes, asker: tuple[str, int]) -> None:
        """Answer one datagram. What cannot be answered is logged: the next comes from somebody else."""
        try:
            if answer := await self._server.answer(data, tcp=False):
                self._transport.sendto(answer, asker)
        except Exception as error:  # noqa: BLE001 (any bytes can come in a datagram)
            _log.warning("cannot answer", asker=asker[0], problem=repr(error))


async def _converse(server: NameServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve DNS over TCP: messages preceded by their length (RFC 1035 4.2.2)."""
    try:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = await server.answer(await reader.readexactly(length), tcp=True)
            writer.write(struct.pack("!H", len(answer)) + answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    except Exception as error:  # noqa: BLE001 (any bytes can come in a message)
        _log.warning("cannot answer", problem=repr(error))
    finally:
        writer.close()


@dataclass(frozen=True)
class Endpoint:
    """Where the name server listens: an address and a port, by UDP and by TCP."""

    datagrams: socket.socket
    stream: socket.socket

    @classmethod
    def bind(cls, address: str, port: int = _PORT) -> Endpoint:
        """Take an IPv4 address, which may not exist yet: the bridge is made for the first pod.

        Raises OSError when another program holds the port.
        """
        datagrams = _bound(socket.SOCK_DGRAM, address, port)
        try:
            return cls(datagrams, _bound(socket.SOCK_STREAM, address, datagrams.getsockname()[1]))
        except OSError:
            datagrams.close()
            raise

    @property
    def address(self) -> str:
        """The IP address."""
        return str(self.datagrams.getsockname()[0])

    @property
    def port(self) -> int:
        """The port."""
        return int(self.datagrams.getsockname()[1])

    def close(self) -> None:
        """Close the sockets."""
        self.datagrams.close()
        self.stream.close()


def _bound(kind: socket.SocketKind, address: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, kind)
    try:
        bound.setsockopt(socket.SOL_IP, _IP_FREEBIND, 1)
        if kind is socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    bound.settimeout(0)
    return bound


@asynccontextmanager
async def answering(server: NameServer, endpoint: Endpoint) -> AsyncIterator[None]:
    """Answer questions for the time of the block; the endpoint is closed at its end."""
    async with asyncio.TaskGroup() as tasks:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(server, tasks), sock=endpoint.datagrams
        )
        listener = await asyncio.start_server(partial(_converse, server), sock=endpoint.stream)
        try:
            yield
        finally:
            transport.close()
            listener.close()
