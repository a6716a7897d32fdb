"""Reading and following log files."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path

import asyncinotify
import pytest

from adapters.host.logs import CriContainerLogs
from application.ports.logs import LogQuery
from domain.errors import RuntimeFailed
from tests.unit.contracts.container_logs_contract import NOON, collect, follow, text
from tests.unit.host.cri_writer import CriWriter, record

LOGS = CriContainerLogs()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[CriWriter]:
    writer = CriWriter(tmp_path)
    yield writer
    writer.close()


async def test_a_follower_goes_along_with_rotations(writer: CriWriter) -> None:
    ended = asyncio.Event()
    reading = asyncio.create_task(collect(LOGS, writer.path, ended=ended))
    for number in range(20):
        writer.append(b"%d\n" % number)
        if number % 4 == 3:
            writer.rename(f"20260101-0000{number:02d}")
            writer.append(b"into the old file\n")
            await asyncio.sleep(0.01)
            writer.reopen()
        await asyncio.sleep(0.001)
    ended.set()
    writer.close()
    lines = text(await asyncio.wait_for(reading, 5)).split()
    assert [line for line in lines if line.isdigit()] == [b"%d" % number for number in range(20)]
    assert lines.count(b"into") == 5


async def test_a_follower_misses_no_file_between_two_rotations(writer: CriWriter) -> None:
    ended = asyncio.Event()
    reading = follow(LOGS, writer.path, ended)
    writer.append(b"0\n")
    assert (await anext(reading)).data == b"0\n"
    for number in range(1, 4):
        writer.rotate(f"20260101-00000{number}")
        writer.append(b"%d\n" % number)
    ended.set()
    writer.close()
    assert b"".join([chunk.data async for chunk in reading]) == b"1\n2\n3\n"


async def test_a_follower_finds_its_way_from_a_file_compressed_meanwhile(writer: CriWriter) -> None:
    ended = asyncio.Event()
    reading = follow(LOGS, writer.path, ended)
    writer.append(b"0\n")
    assert (await anext(reading)).data == b"0\n"
    writer.rotate("20260101-000001", packed=True)
    writer.append(b"1\n")
    ended.set()
    writer.close()
    assert b"".join([chunk.data async for chunk in reading]) == b"1\n"


async def test_a_rotation_without_reopening_ends_well(writer: CriWriter) -> None:
    ended = asyncio.Event()
    reading = asyncio.create_task(collect(LOGS, writer.path, ended=ended))
    writer.append(b"a\n")
    writer.rename("20260101-000001")
    writer.append(b"b\n")
    ended.set()
    writer.close()
    assert text(await asyncio.wait_for(reading, 5)) == b"a\nb\n"


async def test_a_record_written_in_two_halves_is_one(writer: CriWriter) -> None:
    ended = asyncio.Event()
    reading = asyncio.create_task(collect(LOGS, writer.path, ended=ended))
    whole = record(b"one line\n")
    for start in range(0, len(whole), 10):
        writer.write(whole[start : start + 10])
        await asyncio.sleep(0.005)
    ended.set()
    writer.close()
    chunks = await asyncio.wait_for(reading, 5)
    assert [(chunk.time, chunk.data) for chunk in chunks] == [(NOON, b"one line\n")]


async def test_a_log_that_never_comes_ends_with_its_container(writer: CriWriter) -> None:
    ended = asyncio.Event()
    reading = asyncio.create_task(collect(LOGS, writer.path, ended=ended))
    await asyncio.sleep(0.02)
    assert not reading.done()
    ended.set()
    assert await asyncio.wait_for(reading, 2) == []


async def test_a_file_that_is_never_closed_does_not_hang_for_ever(
    writer: CriWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.host.logs._CLOSE_TIMEOUT", 0.01)
    ended = asyncio.Event()
    ended.set()
    writer.append(b"a\n")
    assert text(await asyncio.wait_for(collect(LOGS, writer.path, ended=ended), 2)) == b"a\n"


async def test_following_works_when_the_kernel_has_no_watches_left(
    writer: CriWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(asyncinotify.Inotify, "__init__", no_more)
    monkeypatch.setattr(asyncinotify.Inotify, "__del__", lambda _: None, raising=False)
    ended = asyncio.Event()
    reading = asyncio.create_task(collect(LOGS, writer.path, ended=ended))
    for _ in range(3):
        writer.append(b"a\n")
        await asyncio.sleep(0.02)
    ended.set()
    writer.close()
    assert text(await asyncio.wait_for(reading, 2)) == b"a\n" * 3


async def test_descriptors_are_closed_however_a_reader_ends(writer: CriWriter) -> None:
    writer.append(b"a\n" * 1000)
    writer.rotate("20260101-000001", packed=True)
    writer.append(b"b\n")
    before = descriptors()
    for moment in range(12):
        reading = asyncio.create_task(collect(LOGS, writer.path, LogQuery(tail=5), asyncio.Event()))
        await asyncio.sleep(moment * 0.0005)
        reading.cancel()
        await asyncio.wait({reading})
    stopped = follow(LOGS, writer.path, asyncio.Event())
    await anext(stopped)
    await stopped.aclose()
    await collect(LOGS, writer.path)
    for _ in range(100):  # a thread may be at its last block yet
        if descriptors() <= before:
            return
        await asyncio.sleep(0.01)
    assert descriptors() <= before


def descriptors() -> set[str]:
    """Open descriptors that are log files, temporary files or watches."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if any(word in target for word in ("1.log", "deleted", "inotify")):
            found.add(f"{link.name} {target}")
    return found


async def test_a_damaged_archive_is_an_error(writer: CriWriter) -> None:
    writer.append(b"a\n")
    packed = gzip.compress(record(b"x\n") * 100)
    writer.file.with_name("1.log.20260101-000000.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(RuntimeFailed) as caught:
        await collect(LOGS, writer.path)
    assert caught.value.service == "logs"


async def test_a_folder_in_place_of_a_log_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFailed):
        await collect(LOGS, str(tmp_path))


async def test_a_removal_takes_rotated_files_and_empty_folders(writer: CriWriter, tmp_path: Path) -> None:
    for stamp in ("20260101-000000", "20260102-000000"):
        writer.append(b"a\n")
        writer.rotate(stamp, packed=stamp.startswith("20260101"))
    writer.file.with_name("1.log.20260103-000000.tmp").touch()
    await LOGS.remove(writer.path)
    assert list(tmp_path.iterdir()) == []


async def test_a_removal_leaves_what_is_not_this_log(writer: CriWriter, tmp_path: Path) -> None:
    writer.append(b"a\n")
    other = writer.file.with_name("2.log")
    other.touch()
    await LOGS.remove(writer.path)
    assert list(writer.file.parent.iterdir()) == [other]
    await LOGS.remove(str(other))
    assert tmp_path.is_dir()
    assert list(tmp_path.iterdir()) == []
