"""What every ContainerLogs does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol

import pytest

from application.ports.logs import ContainerLogs, LogChunk, LogQuery, Unread

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class LogWriter(Protocol):
    """The runtime's side of a log."""

    path: str

    def append(self, data: bytes, stream: str = "stdout", time: datetime = NOON) -> None:
        """Write a line with its newline, or a part of a line without one."""

    def close(self) -> None:
        """Have nothing more to write."""


Lives = Callable[[int], LogWriter]


class ContainerLogsContract:
    """Override `subject` and `writer`, whose log was not begun yet."""

    @pytest.fixture
    def subject(self) -> ContainerLogs:
        raise NotImplementedError

    @pytest.fixture
    def writer(self) -> LogWriter:
        raise NotImplementedError

    @pytest.fixture
    def lives(self) -> Lives:
        """Give the writer of a life, for its number."""
        raise NotImplementedError

    async def test_what_is_added_comes_last(self, subject: ContainerLogs, writer: LogWriter) -> None:
        writer.append(b"before\n")
        unread = (Unread("stdout", b"one\ntwo\n"), Unread("stderr", b""), Unread("stderr", b"half"))
        await subject.append(writer.path, NOON, unread)
        lines = [
            (chunk.stream, chunk.data)
            async for chunk in subject.read(writer.path, LogQuery(by_line=True), None)
        ]
        assert lines == [
            ("stdout", b"before\n"),
            ("stdout", b"one\n"),
            ("stdout", b"two\n"),
            ("stderr", b"half"),
        ]

    async def test_a_missing_log_is_empty(self, subject: ContainerLogs, writer: LogWriter) -> None:
        assert await collect(subject, writer.path) == []
        assert await collect(subject, "") == []

    async def test_streams_come_in_order_with_their_times(
        self, subject: ContainerLogs, writer: LogWriter
    ) -> None:
        written = [("stdout", b"a\n"), ("stdout", b"\n"), ("stderr", b"b c\r\n"), ("stdout", b"\xff\n")]
        for second, (stream, data) in enumerate(written):
            writer.append(data, stream, NOON + timedelta(seconds=second))
        chunks = await collect(subject, writer.path)
        assert joined(chunks) == [("stdout", b"a\n\n"), ("stderr", b"b c\r\n"), ("stdout", b"\xff\n")]
        assert chunks[0].time == NOON
        assert chunks[-1].time == NOON + timedelta(seconds=3)

    async def test_by_line_each_line_has_its_time(self, subject: ContainerLogs, writer: LogWriter) -> None:
        expected = [LogChunk("stdout", NOON + timedelta(microseconds=n), b"%d\n" % n) for n in (0, 1, 100000)]
        for chunk in expected:
            writer.append(chunk.data, chunk.stream, chunk.time)
        assert await collect(subject, writer.path, LogQuery(by_line=True)) == expected

    async def test_parts_of_a_line_are_joined(self, subject: ContainerLogs, writer: LogWriter) -> None:
        for data in (b"one ", b"line\n", b"the rest"):
            writer.append(data)
        assert joined(await collect(subject, writer.path)) == [("stdout", b"one line\nthe rest")]

    @pytest.mark.parametrize(
        ("tail", "expected"),
        [
            (0, b""),
            (1, b"4\n"),
            (2, b"33\n4\n"),
            (3, b"2\n33\n4\n"),
            (4, b"1\n2\n33\n4\n"),
            (9, b"1\n2\n33\n4\n"),
        ],
    )
    async def test_a_tail_counts_lines(
        self, subject: ContainerLogs, writer: LogWriter, tail: int, expected: bytes
    ) -> None:
        for data in (b"1\n", b"2\n", b"3", b"3\n", b"4\n"):
            writer.append(data)
        assert text(await collect(subject, writer.path, LogQuery(tail=tail))) == expected

    async def test_a_tail_counts_an_unended_line(self, subject: ContainerLogs, writer: LogWriter) -> None:
        for data in (b"1\n", b"2\n", b"3", b"3"):
            writer.append(data)
        assert text(await collect(subject, writer.path, LogQuery(tail=2))) == b"2\n33"

    async def test_bounds_are_inclusive(self, subject: ContainerLogs, writer: LogWriter) -> None:
        for second in range(5):
            writer.append(b"%d\n" % second, time=NOON + timedelta(seconds=second))
        first, last = NOON + timedelta(seconds=1), NOON + timedelta(seconds=3)
        assert text(await collect(subject, writer.path, LogQuery(since=first, until=last))) == b"1\n2\n3\n"
        assert text(await collect(subject, writer.path, LogQuery(tail=3, until=last))) == b"2\n3\n"
        later = LogQuery(since=first, until=last, since_nanoseconds=1, until_nanoseconds=0)
        assert text(await collect(subject, writer.path, later)) == b"2\n3\n"

    async def test_following_reads_on_until_the_end(self, subject: ContainerLogs, writer: LogWriter) -> None:
        ended = asyncio.Event()
        writer.append(b"0\n")
        reading = asyncio.create_task(collect(subject, writer.path, ended=ended))
        for number in range(1, 50):
            await asyncio.sleep(0.001)
            writer.append(b"%d\n" % number)
        ended.set()
        writer.append(b"last\n")
        writer.close()
        expected = b"".join(b"%d\n" % number for number in range(50)) + b"last\n"
        assert text(await asyncio.wait_for(reading, 5)) == expected

    async def test_following_gives_what_comes_at_once(
        self, subject: ContainerLogs, writer: LogWriter
    ) -> None:
        ended = asyncio.Event()
        reading = follow(subject, writer.path, ended)
        first = asyncio.ensure_future(anext(reading))
        await asyncio.sleep(0.01)
        for data in (b"begin", b" and end\n"):
            writer.append(data, "stderr")
            chunk = await asyncio.wait_for(first, 2)
            assert (chunk.stream, chunk.data) == ("stderr", data)
            first = asyncio.ensure_future(anext(reading))
        ended.set()
        writer.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(first, 5)

    async def test_the_end_waits_for_what_is_still_written(
        self, subject: ContainerLogs, writer: LogWriter
    ) -> None:
        ended = asyncio.Event()
        ended.set()
        writer.append(b"early\n")
        reading = asyncio.create_task(collect(subject, writer.path, ended=ended))
        await asyncio.sleep(0.03)
        assert not reading.done()
        writer.append(b"late\n")
        writer.close()
        assert text(await asyncio.wait_for(reading, 5)) == b"early\nlate\n"

    async def test_following_after_a_tail(self, subject: ContainerLogs, writer: LogWriter) -> None:
        ended = asyncio.Event()
        for number in range(3):
            writer.append(b"%d\n" % number)
        reading = asyncio.create_task(collect(subject, writer.path, LogQuery(tail=1), ended))
        await asyncio.sleep(0.02)
        writer.append(b"3\n")
        ended.set()
        writer.close()
        assert text(await asyncio.wait_for(reading, 5)) == b"2\n3\n"

    async def test_following_ends_at_its_bound(self, subject: ContainerLogs, writer: LogWriter) -> None:
        writer.append(b"then\n")
        query = LogQuery(until=NOON)
        assert (
            text(await asyncio.wait_for(collect(subject, writer.path, query, asyncio.Event()), 3))
            == b"then\n"
        )

    async def test_a_follower_can_be_cancelled(self, subject: ContainerLogs, writer: LogWriter) -> None:
        writer.append(b"a\n")
        before = asyncio.all_tasks()
        reading = asyncio.create_task(collect(subject, writer.path, ended=asyncio.Event()))
        await asyncio.sleep(0.02)
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() <= before

    async def test_the_lives_before_come_first(self, subject: ContainerLogs, lives: Lives) -> None:
        for number, text in ((1, b"one\n"), (2, b"two\n"), (10, b"ten\n"), (11, b"eleven\n")):
            lives(number).append(text)
        path = lives(10).path
        assert joined(await collect(subject, path)) == [("stdout", b"one\ntwo\nten\n")]
        assert joined(await collect(subject, path, LogQuery(tail=2))) == [("stdout", b"two\nten\n")]
        assert joined(await collect(subject, path, LogQuery(alone=True))) == [("stdout", b"ten\n")]

    async def test_following_begins_with_the_lives_before(self, subject: ContainerLogs, lives: Lives) -> None:
        first, second = lives(1), lives(2)
        first.append(b"one\n")
        first.close()
        second.append(b"two\n")
        ended = asyncio.Event()
        read: list[LogChunk] = []
        async for chunk in subject.read(second.path, LogQuery(), ended):
            read.append(chunk)
            if b"two\n" in chunk.data:
                second.append(b"three\n")
                second.close()
                ended.set()
        assert joined(read) == [("stdout", b"one\ntwo\nthree\n")]

    async def test_the_oldest_lives_go_when_there_is_too_much(
        self, subject: ContainerLogs, lives: Lives
    ) -> None:
        for number in range(1, 5):
            lives(number).append(b"%d" % number + b"x" * 5000 + b"\n")
            lives(number).close()
        await subject.trim(lives(4).path, 1, 4)
        (found,) = joined(await collect(subject, lives(4).path))
        assert [line[:1] for line in found[1].splitlines()] == [b"1", b"2", b"3", b"4"]
        await subject.trim(lives(4).path, 11_000, 1)
        (found,) = joined(await collect(subject, lives(4).path))
        assert [line[:1] for line in found[1].splitlines()] == [b"3", b"4"]
        await subject.trim(lives(4).path, 0, 1)
        (found,) = joined(await collect(subject, lives(4).path))
        assert found[1][:1] == b"4"
        await subject.trim("", 0, 1)

    async def test_removal_is_idempotent(self, subject: ContainerLogs, writer: LogWriter) -> None:
        writer.append(b"a\n")
        writer.close()
        for _ in range(2):
            await subject.remove(writer.path)
            assert await collect(subject, writer.path) == []
        await subject.remove("")


def follow(subject: ContainerLogs, path: str, ended: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
    """A reader that can be closed."""
    return subject.read(path, LogQuery(), ended)


async def collect(
    subject: ContainerLogs,
    path: str,
    query: LogQuery | None = None,
    ended: asyncio.Event | None = None,
) -> list[LogChunk]:
    """All chunks."""
    return [chunk async for chunk in subject.read(path, query or LogQuery(), ended)]


def joined(chunks: list[LogChunk]) -> list[tuple[str, bytes]]:
    """What came, one entry for each run of one stream."""
    runs = groupby(chunks, key=lambda chunk: chunk.stream)
    return [(stream, b"".join(chunk.data for chunk in run)) for stream, run in runs]


def text(chunks: list[LogChunk]) -> bytes:
    """The data of all chunks."""
    return b"".join(chunk.data for chunk in chunks)
