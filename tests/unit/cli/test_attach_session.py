"""What an attached session sends to the daemon."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from entrypoints.api.k3c.v1.stream_pb2 import OpenRequest
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession
from entrypoints.cli.connection.client import Client


class Call:
    """The writing side of a gRPC call, which is over when two write at once."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self._busy = False

    async def write(self, request: OpenRequest) -> None:
        assert not self._busy, "two write at once"
        self._busy = True
        await asyncio.sleep(0)
        await self.taking.wait()
        self._busy = False
        self.sent.append(request.stdin)


@pytest.fixture
def call() -> Call:
    return Call()


@pytest.fixture
def session(call: Call) -> AttachSession:
    made = AttachSession(cast("Client", None), AttachOptions())
    made._call = cast("Any", call)
    return made


async def test_requests_go_out_one_after_another(session: AttachSession, call: Call) -> None:
    data = [b"%d" % number for number in range(20)]
    await asyncio.gather(*(session._send(OpenRequest(stdin=piece)) for piece in data))
    assert call.sent == data


async def test_a_request_waits_no_longer_than_it_may(session: AttachSession, call: Call) -> None:
    call.taking.clear()
    blocked = asyncio.create_task(session._send(OpenRequest(stdin=b"first")))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await session._send(OpenRequest(stdin=b"late"), 0.01)
    call.taking.set()
    await blocked
    await session._send(OpenRequest(stdin=b"second"))
    assert call.sent == [b"first", b"second"]
