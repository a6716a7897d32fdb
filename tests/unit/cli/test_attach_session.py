"""What an attached session sends to the daemon."""

from __future__ import annotations

import asyncio
import signal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from entrypoints.api.k3c.v1.stream_pb2 import ControlRequest, TerminalSize
from entrypoints.cli.connection.attach_session import AttachOptions, AttachSession
from entrypoints.cli.connection.client import Client
from entrypoints.cli.ui import terminal


class Daemon:
    """The daemon's side of Control, which takes one request after another."""

    def __init__(self) -> None:
        self.taken: list[ControlRequest] = []
        self.taking = asyncio.Event()
        self.streams = SimpleNamespace(Control=self.control)
        self._busy = False

    async def control(self, request: ControlRequest) -> None:
        assert not self._busy, "two at once, which may be taken in another order"
        self._busy = True
        await self.taking.wait()
        self._busy = False
        self.taken.append(request)


async def test_control_goes_out_in_order_past_input_and_sizes_only_when_they_are_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    daemon = Daemon()
    session = AttachSession(cast("Client", daemon), AttachOptions())
    session._session, session._is_exec = "key", True
    unread = asyncio.Event()
    session._call = cast("Any", SimpleNamespace(write=lambda _: unread.wait()))
    blocked = asyncio.create_task(session._on_input(b"nobody reads it"))
    sizes = iter([TerminalSize(rows=rows, columns=2) for rows in (5, 6, 6, 7)])
    monkeypatch.setattr(terminal, "size", lambda: next(sizes))
    work = [session._resize(), session._forward(signal.SIGTERM), session._forward(signal.SIGINT)]
    work += [session._resize() for _ in range(3)]
    all_of_it = asyncio.gather(*work)
    daemon.taking.set()
    await all_of_it
    assert [(taken.size.rows, taken.signal) for taken in daemon.taken] == [
        (5, 0),
        (0, signal.SIGTERM),
        (0, signal.SIGINT),
        (6, 0),
        (7, 0),
    ]
    assert not blocked.done()
    unread.set()
    assert await blocked
