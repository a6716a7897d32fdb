"""The CRI log format, and files in it."""

from __future__ import annotations

import errno
import fcntl
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.host.cri_log import Records, is_full
from adapters.host.log_files import LogFile, open_log
from application.ports.logs import LogChunk, LogQuery
from domain import gate
from tests.unit.contracts.container_logs_contract import NOON, joined
from tests.unit.host.cri_writer import CriWriter, record

EVERYTHING = Records(LogQuery())
BY_LINE = Records(LogQuery(by_line=True))


def test_a_run_of_one_stream_is_one_chunk() -> None:
    block = b"".join(record(b"%d\n" % n, time=NOON + timedelta(microseconds=n)) for n in range(1000))
    assert EVERYTHING.chunks(block) == [LogChunk("stdout", NOON, b"".join(b"%d\n" % n for n in range(1000)))]


def test_a_run_is_what_its_records_are_one_by_one() -> None:
    chance = random.Random(7)
    odd = [
        record(b"e\n", "stderr"), record(b"part"), record(b"has stdout F in it\n"), record(b"has stderr F in it\n"),
        record(b"\0\n"), b"junk\n", record(b"\r\n"), record(b"\n"), record(b"part", "stderr"),
    ]  # fmt: skip
    for _ in range(500):
        records = [
            record(b"%d\n" % n, chance.choice(["stdout"] * 9 + ["stderr"]))
            for n in range(chance.randrange(1, 5))
        ]
        records[chance.randrange(len(records)) :] += chance.sample(odd, chance.randrange(2))
        block = b"".join(records)
        assert joined(EVERYTHING.chunks(block)) == joined(BY_LINE.chunks(block))


def test_parts_lines_and_streams_in_turn() -> None:
    pieces = [("stdout", b"a"), ("stderr", b"x\n"), ("stdout", b"b"), ("stdout", b"\n"), ("stdout", b"c\n")]
    block = b"".join(record(data, stream) for stream, data in pieces)
    assert joined(EVERYTHING.chunks(block)) == [("stdout", b"a"), ("stderr", b"x\n"), ("stdout", b"b\nc\n")]
    assert [(c.stream, c.data) for c in BY_LINE.chunks(block)] == pieces


def test_data_that_looks_like_a_record_is_data() -> None:
    data = record(b"inner stdout F x\n", "stderr")
    assert EVERYTHING.chunks(record(data)) == [LogChunk("stdout", NOON, data)]


@pytest.mark.parametrize(
    "stamp", ["2026-01-02T14:00:00.1+02:00", "2026-01-02T12:00:00.100000000Z", "2026-01-02T12:00:00.1000004Z"]
)
def test_times_of_any_length_and_zone(stamp: str) -> None:
    (chunk,) = EVERYTHING.chunks(f"{stamp} stdout F x\n".encode())
    assert chunk.time == datetime(2026, 1, 2, 12, 0, 0, 100000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fraction", "microsecond", "nanoseconds"),
    [
        ("", 0, 0),
        (".1", 100_000, 0),
        (".123456", 123_456, 0),
        (".123456789", 123_456, 789),
        (".1234567", 123_456, 700),
        (".999999999", 999_999, 999),
        (".000000001", 0, 1),
    ],
)
@pytest.mark.parametrize("zone", ["Z", "+00:00"])
def test_nanoseconds(fraction: str, microsecond: int, nanoseconds: int, zone: str) -> None:
    for records in (EVERYTHING, BY_LINE):
        (chunk,) = records.chunks(f"2026-01-02T12:00:00{fraction}{zone} stdout F x\n".encode())
        assert (chunk.time.microsecond, chunk.nanoseconds) == (microsecond, nanoseconds)


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        (0, 999, b"123"),
        (100, 102, b"123"),
        (101, 101, b"2"),
        (102, 999, b"3"),
        (0, 100, b"1"),
        (103, 999, b""),
    ],
)
def test_borders_to_the_nanosecond(since: int, until: int, shown: bytes) -> None:
    block = b"".join(b"2026-01-02T12:00:00.00000010%d stdout F %d\n" % (n, n + 1) for n in range(3))
    block = block.replace(b" stdout", b"Z stdout")
    at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    query = LogQuery(since=at, until=at, since_nanoseconds=since, until_nanoseconds=until)
    assert b"".join(chunk.data for chunk in Records(query).chunks(block)).replace(b"\n", b"") == shown


def test_more_tags_than_one() -> None:
    block = b"2026-01-02T12:00:00Z stdout P:a:b x\n2026-01-02T12:00:00Z stdout F:a y\n"
    assert joined(EVERYTHING.chunks(block)) == [("stdout", b"xy\n")]


@pytest.mark.parametrize(
    "junk",
    [b"\n", b"\0\0\0\n", b"no record\n", b"2026-01-02T12:00:00Z stdin F x\n", b"never stdout F x\n", b" stdout F \n",
     b"2026-01-02T12:00:00 stdout F no zone\n", b"2026-01-02T12:00:00Z stdout F\n"],
)  # fmt: skip
def test_what_is_no_record_is_left_out(junk: bytes) -> None:
    for records in (EVERYTHING, BY_LINE):
        assert joined(records.chunks(junk + record(b"a\n"))) == [("stdout", b"a\n")]
    chunks = BY_LINE.chunks(record(b"a\n") + junk + record(b"b\n"))
    assert joined(chunks) == [("stdout", b"a\nb\n")]


def test_only_full_records_end_lines() -> None:
    assert is_full(record(b"\n"))
    assert not is_full(record(b"x"))
    assert not is_full(b"")
    assert not is_full(b"junk")


def everything_of(files: list[LogFile]) -> bytes:
    data = b""
    for file in files:
        at_end = False
        while not at_end:
            chunks, at_end = file.read()
            data += b"".join(chunk.data for chunk in chunks)
        data += b"".join(chunk.data for chunk in file.rest())
    return data


@pytest.fixture
def writer(tmp_path: Path) -> CriWriter:
    return CriWriter(tmp_path)


def test_blocks_of_any_length_lose_nothing(writer: CriWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b"x" * random.Random(n).randrange(40) + b"\n" for n in range(50)]
    for line in lines:
        writer.append(line)
    writer.write(record(b"torn off")[:-1])
    writer.close()
    for length in (1, 7, 64, 1 << 20):
        monkeypatch.setattr("adapters.host.log_files.BLOCK", length)
        assert everything_of(open_log(writer.path, EVERYTHING)) == b"".join(lines) + b"torn off"


def test_rotated_files_come_first_the_oldest_of_them_ahead(writer: CriWriter) -> None:
    for number, stamp in enumerate(["20260101-000000", "20260102-000000", "20260103-000000"]):
        writer.append(b"%d\n" % number)
        writer.rotate(stamp, packed=number < 2)
    writer.append(b"3\n")
    writer.close()
    for name in ("1.log.20260103-000000.tmp", "1.log.backup", "11.log", "1.log.20260103-000000.gz"):
        writer.file.with_name(name).write_bytes(record(b"not this\n"))
    assert everything_of(open_log(writer.path, EVERYTHING)) == b"0\n1\n2\n3\n"
    assert everything_of(open_log(writer.path, Records(LogQuery(tail=2)))) == b"2\n3\n"
    assert everything_of(open_log(writer.path, Records(LogQuery(tail=3)))) == b"1\n2\n3\n"
    assert everything_of(open_log(writer.path, Records(LogQuery(tail=99)))) == b"0\n1\n2\n3\n"


@pytest.mark.parametrize(("tail", "expected"), [(1, b"2\n"), (2, b"1\n2\n"), (3, b"1\n2\n")])
def test_a_tail_does_not_count_a_mark_that_comes_last(writer: CriWriter, tail: int, expected: bytes) -> None:
    for line in (gate.MARK + gate.END + b"\n", b"1\n", b"2\n"):
        writer.append(line)
    writer.append(gate.MARK + gate.END + b"\n", "stderr")
    writer.close()
    assert everything_of(open_log(writer.path, Records(LogQuery(tail=tail)))) == expected


def test_a_tail_is_found_at_any_place_of_a_block(writer: CriWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b"%d" % n * (n % 5) + b"\n" for n in range(60)]
    for line in lines:
        writer.append(line)
    writer.close()
    for length in (1, 13, 100, 1 << 16):
        monkeypatch.setattr("adapters.host.log_files._TAIL_BLOCK", length)
        for tail in (0, 1, 2, 30, 59, 60, 61):
            expected = b"".join(lines[max(0, 60 - tail) :])
            assert everything_of(open_log(writer.path, Records(LogQuery(tail=tail)))) == expected


def test_a_file_is_finished_when_its_writer_has_closed_it(writer: CriWriter) -> None:
    writer.append(b"a\n")
    (file,) = open_log(writer.path, EVERYTHING)
    assert not file.is_finished()
    writer.close()
    assert file.is_finished()
    writer.append(b"b\n")
    assert not file.is_finished()
    writer.close()


def test_without_leases_quiet_is_the_end(writer: CriWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_leases(*_: object) -> None:
        raise OSError(errno.EINVAL, "no leases here")

    now = 100.0
    monkeypatch.setattr(fcntl, "fcntl", no_leases)
    monkeypatch.setattr("adapters.host.log_files.time.monotonic", lambda: now)
    writer.append(b"a\n")
    (file,) = open_log(writer.path, EVERYTHING)
    file.read()
    assert not file.is_finished()
    now += 0.15
    writer.append(b"b\n")
    file.read()
    assert not file.is_finished()
    now += 0.15
    assert not file.is_finished()
    now += 0.1
    assert file.is_finished()
    writer.close()
