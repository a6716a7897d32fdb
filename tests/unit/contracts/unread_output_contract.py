"""What every UnreadOutput does."""

from __future__ import annotations

import asyncio
from typing import Protocol

import pytest

from application.ports.logs import Unread, UnreadOutput


class OutputWorld(Protocol):
    """Containers that write, and end."""

    unread: UnreadOutput

    def container(self) -> str:
        """A container that runs; its runtime id."""

    def write(self, runtime_id: str, stream: str, data: bytes) -> None:
        """Have it write, and end: it has nothing more to write to this stream."""


class UnreadOutputContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> OutputWorld:
        raise NotImplementedError

    async def test_what_is_written_before_the_end_is_kept(self, subject: OutputWorld) -> None:
        runtime_id, other = subject.container(), subject.container()
        for _ in range(2):
            await subject.unread.hold(runtime_id)
        await subject.unread.hold(other)
        subject.write(runtime_id, "stdout", b"one\ntwo")
        subject.write(runtime_id, "stderr", b"three\n")
        subject.write(other, "stdout", b"x" * 60_000)
        taken = {part.stream: part.data for part in await subject.unread.take(runtime_id) if part.data}
        assert taken == {"stdout": b"one\ntwo", "stderr": b"three\n"}
        assert Unread("stdout", b"x" * 60_000) in await subject.unread.take(other)

    async def test_it_is_taken_once(self, subject: OutputWorld) -> None:
        runtime_id = subject.container()
        await subject.unread.hold(runtime_id)
        subject.write(runtime_id, "stdout", b"one\n")
        await subject.unread.take(runtime_id)
        assert not any(part.data for part in await subject.unread.take(runtime_id))

    async def test_of_what_is_not_held_there_is_nothing(self, subject: OutputWorld) -> None:
        runtime_id = subject.container()
        subject.write(runtime_id, "stdout", b"one\n")
        assert not any(part.data for part in await subject.unread.take(runtime_id))
        assert await subject.unread.take("unknown") == ()

    async def test_at_the_end_nothing_is_kept(self, subject: OutputWorld) -> None:
        runtime_id = subject.container()
        await subject.unread.hold(runtime_id)
        await subject.unread.end()
        await asyncio.sleep(0.1)
        subject.write(runtime_id, "stdout", b"one\n")
        assert not any(part.data for part in await subject.unread.take(runtime_id))

    async def test_a_container_without_output_has_nothing(self, subject: OutputWorld) -> None:
        runtime_id = subject.container()
        await subject.unread.hold(runtime_id)
        assert not any(part.data for part in await subject.unread.take(runtime_id))
