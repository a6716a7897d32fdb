"""Tickets, on a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from domain.errors import Unavailable
from domain.events import Caller
from domain.streams import STDERR, STDOUT
from entrypoints.api.callers import TICKET_LENGTH, callers_socket, handed_over, user_agent
from entrypoints.cli.connection.beside import Beside
from entrypoints.cli.connection.reach import ticket
from entrypoints.daemon.callers import Callers, Connection


async def test_a_ticket_stands_for_a_process_while_it_is_connected(tmp_path: Path) -> None:
    callers, address = Callers(), tmp_path / "k.sock"
    async with callers.admitted(address, uid=os.getuid(), gid=os.getgid()):
        place = callers_socket(address)
        assert stat.S_IMODE(place.stat().st_mode) == 0o660
        reader, writer = await asyncio.open_unix_connection(place)
        ticket = (await reader.readexactly(TICKET_LENGTH)).decode()
        connection = callers.of(user_agent(ticket) + " grpc-python/1")
        assert connection is not None
        assert connection.caller == Caller(os.getuid(), os.getpid())
        writer.write_eof()
        assert await reader.read() == b""
        assert callers.of(user_agent(ticket)) is None
        writer.close()
    assert not place.exists()


async def test_nobody_without_a_ticket_that_was_given() -> None:
    for agent in ("", "grpc-python/1", user_agent(""), user_agent("0" * TICKET_LENGTH), user_agent("x")):
        assert Callers().of(agent) is None


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[Connection, socket.socket]]:
    """Both ends of a caller's connection."""
    callers, address = Callers(), folder / "k.sock"
    async with callers.admitted(address, uid=os.getuid(), gid=os.getgid()):
        with ExitStack() as stack:
            shown, client = await asyncio.to_thread(stack.enter_context, ticket(address))
            connection = callers.of(user_agent(shown))
            assert connection is not None
            yield connection, client


async def all_of(beside: Beside) -> dict[str, bytes]:
    """What came, by stream."""
    came = {STDOUT: b"", STDERR: b""}
    async for stream, data in beside.outputs():
        came[stream] += data
    return came


async def test_output_comes_beside_an_answer(tmp_path: Path) -> None:
    """Pieces of every size, more than fit in any buffer; then the connection is free for another answer."""
    pieces = [os.urandom(size) for size in (0, 1, 4, 5, 6, 70_000, 1 << 20, (1 << 20) - 5, 3_000_000, 2)]
    async with connected(tmp_path) as (connection, client):
        for _ in range(2):
            reading = asyncio.create_task(all_of(Beside(client)))
            async with connection.outputs() as send:
                assert not connection.is_free
                for place, piece in enumerate(pieces):
                    await send(STDERR if place % 2 else STDOUT, piece)
            assert connection.is_free
            assert await reading == {STDOUT: b"".join(pieces[::2]), STDERR: b"".join(pieces[1::2])}


async def failing(connection: Connection) -> None:
    """An answer that breaks off."""
    async with connection.outputs() as send:
        await send(STDOUT, b"begun")
        raise ValueError("broken")


async def test_output_beside_an_answer_that_fails_has_an_end(tmp_path: Path) -> None:
    async with connected(tmp_path) as (connection, client):
        reading = asyncio.create_task(all_of(Beside(client)))
        with pytest.raises(ValueError, match="broken"):
            await failing(connection)
        assert (await reading)[STDOUT] == b"begun"
        assert connection.is_free


async def much(connection: Connection) -> None:
    """An answer that fits in no buffer."""
    async with connection.outputs() as send:
        await send(STDOUT, bytes(1 << 22))


async def test_who_goes_while_output_comes_is_noticed(tmp_path: Path) -> None:
    async with connected(tmp_path) as (connection, client):
        sending = asyncio.create_task(much(connection))
        async for _ in Beside(client).outputs():
            break
        client.close()
        with pytest.raises(Unavailable):
            await sending


async def test_a_connection_with_half_a_message_is_not_used_again(tmp_path: Path) -> None:
    async with connected(tmp_path) as (connection, client):
        sending = asyncio.create_task(much(connection))
        async for _ in Beside(client).outputs():
            break
        sending.cancel()
        await asyncio.wait({sending})
        assert sending.cancelled()
        assert not connection.is_free


async def test_descriptors_that_are_handed_over_are_the_callers_alone(tmp_path: Path) -> None:
    async with connected(tmp_path) as (connection, client):
        ends = os.pipe()
        connection.hand_over(ends)
        for end in ends:
            os.close(end)
        taken = await asyncio.to_thread(handed_over, client, ("out", "in"))
        assert not any(os.get_inheritable(end) for end in taken.values())
        os.write(taken["in"], b"through")
        assert os.read(taken["out"], 99) == b"through"
        for end in taken.values():
            os.close(end)


def test_a_daemon_that_is_gone_hands_nothing_over() -> None:
    daemon, client = socket.socketpair()
    daemon.close()
    with client, pytest.raises(ConnectionError):
        handed_over(client, ("out",))


async def test_a_caller_that_is_gone_is_handed_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path) as (connection, client):
        client.close()
        with pytest.raises(Unavailable):
            connection.hand_over((0,))
