"""The in-process HTTP/2 server and gRPC on it, against a real h2 client."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import grpc
import pytest

from adapters.buildkit import auth, filesync
from adapters.buildkit.calls import Call, CallFailed, dispatcher, prefix, unary
from adapters.buildkit.mapping import data_packet
from adapters.buildkit.proto.auth_pb2 import CredentialsRequest, CredentialsResponse
from adapters.buildkit.proto.fsutil_pb2 import Packet
from domain.image import Credentials
from tests.unit.buildkit.h2_client import Client, connected

BIG = os.urandom(3 << 20)


async def echo(request: bytes) -> bytes:
    return request


async def big(_call: Call) -> None:
    await _call.send(BIG)


def framed(message: bytes) -> bytes:
    return prefix(len(message)) + message


def unframed(body: bytes | bytearray) -> list[bytes]:
    messages: list[bytes] = []
    while body:
        length = int.from_bytes(body[1:5], "big")
        messages.append(bytes(body[5 : 5 + length]))
        body = body[5 + length :]
    return messages


async def test_a_unary_call() -> None:
    async with connected(dispatcher({"/s/Echo": unary(echo)})) as client:
        number = client.call("/s/Echo", framed(b"hello"))
        assert (await client.until(number))["grpc-status"] == "0"
        assert client.bodies[number] == framed(b"hello")


@pytest.mark.parametrize("window", [100, 20_000, 65_535, 1 << 24])
async def test_large_bodies_respect_windows_and_frame_size(window: int) -> None:
    body = BIG[: max(window * 20, 1 << 16)]

    async def sends(call: Call) -> None:
        await call.send(body)

    async with connected(dispatcher({"/s/Big": sends}), window) as client:
        number = client.call("/s/Big")
        await client.until(number)
        assert client.bodies[number] == framed(body)
        assert max(client.frames) <= min(window, 16384)


async def test_a_ping_is_answered_while_a_window_is_exhausted() -> None:
    async with connected(dispatcher({"/s/Big": big, "/s/Echo": unary(echo)}), 1000) as client:
        client.hold = True
        number = client.call("/s/Big")
        await asyncio.sleep(0.01)
        assert len(client.bodies[number]) == 1000
        client.h2.ping(b"12345678")
        client.flush()
        other = client.call("/s/Echo", framed(b"meanwhile"))
        await client.until(other)
        assert client.pings == [b"12345678"]
        assert len(client.bodies[number]) == 1000


async def test_a_writer_waits_when_too_much_is_queued() -> None:
    sent = 0

    async def endless(call: Call) -> None:
        nonlocal sent
        while True:
            await call.send(bytes(1 << 20))
            sent += 1

    async with connected(dispatcher({"/s/Endless": endless}), 1000) as client:
        client.hold = True
        client.call("/s/Endless")
        await asyncio.sleep(0.02)
        assert sent == 2


async def test_a_reset_cancels_the_handler() -> None:
    ended = asyncio.Event()

    async def waits(call: Call) -> None:
        try:
            await call.receive()
        finally:
            ended.set()

    async with connected(dispatcher({"/s/Waits": waits})) as client:
        number = client.call("/s/Waits")
        await asyncio.sleep(0)
        client.h2.reset_stream(number)
        client.flush()
        await asyncio.wait_for(ended.wait(), 1)


async def test_statuses_are_trailers() -> None:
    async def fails(_call: Call) -> None:
        raise CallFailed(grpc.StatusCode.NOT_FOUND, "100 % größer\nzweite Zeile")

    async with connected(dispatcher({"/s/Fails": fails})) as client:
        trailers = await client.until(client.call("/s/Fails"))
        assert trailers["grpc-status"] == "5"
        assert trailers["grpc-message"] == "100 %25 gr%C3%B6%C3%9Fer%0Azweite Zeile"
        assert (await client.until(client.call("/s/Unknown")))["grpc-status"] == "12"


async def test_unread_requests_do_not_use_up_the_connection() -> None:
    async def ignores(_call: Call) -> None:
        return

    async with connected(dispatcher({"/s/Ignores": ignores, "/s/Echo": unary(echo)})) as client:
        for _ in range(100):
            number = client.call("/s/Ignores", bytes(16384))
            client.send(number, bytes(16384))
            client.send(number, bytes(16384))
            await client.until(number)
        number = client.call("/s/Echo", framed(b"still here"))
        assert (await client.until(number))["grpc-status"] == "0"


async def test_credentials() -> None:
    asked: list[str] = []

    async def credentials(host: str) -> Credentials | None:
        asked.append(host)
        return Credentials("me", "secret") if host == "docker.io" else None

    async with connected(dispatcher(auth.handlers(credentials))) as client:
        for host in ("registry-1.docker.io", "https://index.docker.io/v1/", "localhost:5000"):
            request = CredentialsRequest(Host=host).SerializeToString()
            number = client.call(auth.CREDENTIALS, framed(request))
            await client.until(number)
        assert asked == ["docker.io", "docker.io", "localhost:5000"]
        (answer,) = unframed(client.bodies[1])
        assert CredentialsResponse.FromString(answer) == CredentialsResponse(Username="me", Secret="secret")
        assert unframed(client.bodies[number]) == [b""]
        assert (await client.until(client.call(auth.TOKEN_AUTHORITY)))["grpc-status"] == "14"


async def packets(client: Client, number: int, count: int) -> list[Packet]:
    async with asyncio.timeout(5):
        while len(found := unframed(client.bodies[number])) < count:
            client.written.clear()
            await client.written.wait()
    return [Packet.FromString(each) for each in found]


async def test_a_transfer(tmp_path: Path) -> None:
    (tmp_path / "a b").write_bytes(b"content")
    (tmp_path / "big").write_bytes(BIG)
    (tmp_path / "no").write_bytes(b"")
    headers = (
        ("dir-name", "context"),
        ("exclude-patterns-encoded", "1"),
        ("exclude-patterns", "n%6f"),
        ("include-patterns", "a b"),
        ("include-patterns", "big"),
        ("include-patterns", "no"),
    )
    async with connected(dispatcher({filesync.METHOD: filesync.handler({"context": tmp_path})})) as client:
        number = client.call(filesync.METHOD, headers=headers)
        stats = await packets(client, number, 3)
        assert [each.stat.path for each in stats] == [b"a b", b"big", b""]
        assert not stats[2].HasField("stat")
        for wanted in (1, 0):
            request = Packet(type=Packet.PACKET_REQ, ID=wanted).SerializeToString()
            client.send(number, framed(request))
        data = (await packets(client, number, 3 + 4 + 2))[3:]
        assert b"".join(each.data for each in data if each.ID == 1) == BIG
        assert [each.data for each in data if each.ID == 0] == [b"content", b""]
        client.send(number, framed(Packet(type=Packet.PACKET_FIN).SerializeToString()))
        assert (await client.until(number))["grpc-status"] == "0"
        assert (await packets(client, number, 10))[-1].type == Packet.PACKET_FIN


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((("dir-name", "other"),), "5"),
        ((("dir-name", "context"), ("exclude-patterns", "[")), "3"),
    ],
)
async def test_transfers_that_are_refused(
    tmp_path: Path, headers: tuple[tuple[str, str], ...], status: str
) -> None:
    async with connected(dispatcher({filesync.METHOD: filesync.handler({"context": tmp_path})})) as client:
        assert (await client.until(client.call(filesync.METHOD, headers=headers)))["grpc-status"] == status


@pytest.mark.parametrize("length", [0, 1, 127, 128, 1 << 20])
def test_a_data_packet_is_what_protobuf_makes(length: int) -> None:
    whole = Packet(type=Packet.PACKET_DATA, ID=300, data=bytes(length)).SerializeToString()
    assert data_packet(300, length) + bytes(length) == whole
