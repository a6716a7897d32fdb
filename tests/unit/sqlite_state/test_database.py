"""The database: transactions, cancellation, failures."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from domain.errors import RuntimeFailed, Unavailable
from tests.unit.contracts.container_store_contract import a_record


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "root" / "state.db")
    yield database
    await database.aclose()


def put(key: str) -> str:
    """A statement that writes a setting."""
    return f"INSERT INTO settings (key, value) VALUES ('{key}', '')"


async def keys(database: Database) -> set[str]:
    return await database.call(lambda connection: set(connection.scalars(text("SELECT key FROM settings"))))


async def test_only_the_owner_may_read_the_file(tmp_path: Path, database: Database) -> None:
    await database.call(lambda connection: connection.execute(text(put("a"))))
    files = list((tmp_path / "root").iterdir())
    assert len(files) >= 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_it_keeps_its_promises(database: Database) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await database.call(pragmas) == ["wal", 2, 1, 5000]


async def test_an_error_rolls_back(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text(put("a")))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.call(work)
    assert await keys(database) == set()


async def test_a_cancelled_call_is_done_in_full_or_not_at_all(database: Database) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        connection.execute(text(put("first half")))
        reached.set()
        go_on.wait(10)
        connection.execute(text(put("second half")))

    running = asyncio.create_task(database.call(slow))
    await asyncio.to_thread(reached.wait, 10)
    queued = asyncio.create_task(database.call(lambda connection: connection.execute(text(put("queued")))))
    await asyncio.sleep(0)
    for task in (running, queued):
        task.cancel()
    await asyncio.wait({running, queued})
    go_on.set()
    assert running.cancelled()
    assert queued.cancelled()
    assert await keys(database) == {"first half", "second half"}


async def test_cancelled_writers_at_random_leave_it_sound(database: Database) -> None:
    store = SqliteContainerStore(database)
    tasks = [asyncio.create_task(store.add(a_record(f"c{number}"), ())) for number in range(60)]
    for number, task in enumerate(tasks):
        if number % 3:
            await asyncio.sleep(0.0005)
            task.cancel()
    await asyncio.wait(tasks)
    names = {record.name for record in await store.list()}
    assert names >= {f"c{number}" for number, task in enumerate(tasks) if not task.cancelled()}
    await store.add(a_record("after"), ())


async def fill(store: SqliteContainerStore) -> None:
    """More records than there is room for."""
    for number in range(200):
        await store.add(a_record(f"c{number}"), ())


async def test_a_full_disk_is_an_error_and_no_more(database: Database, tmp_path: Path) -> None:
    """The reserve is given up for what is tried again, and taken again with what succeeds."""
    store = SqliteContainerStore(database)
    reserve = tmp_path / "root/state.db-reserve"
    assert reserve.stat().st_blocks * 512 >= 4 << 20
    kept = a_record("kept")
    await store.add(kept, ())
    pages = await database.call(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    await database.call(
        lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()
    )
    with pytest.raises(RuntimeFailed) as caught:
        await fill(store)
    assert caught.value.service == "state"
    assert "full" in caught.value.detail
    assert not reserve.exists()
    before = await store.list()
    assert kept in before
    await database.call(
        lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000").scalar()
    )
    await store.add(a_record("with-room-again"), ())
    assert reserve.exists()
    assert len(await store.list()) == len(before) + 1


async def test_a_file_that_another_holds_is_unavailable(tmp_path: Path, database: Database) -> None:
    await database.call(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 10").scalar())
    other = sqlite3.connect(tmp_path / "root" / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        await database.call(lambda connection: connection.execute(text(put("a"))))
    other.close()
    await database.call(lambda connection: connection.execute(text(put("a"))))
    assert await keys(database) == {"a"}


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "state.db")
    last = asyncio.create_task(database.call(lambda connection: connection.execute(text(put("a")))))
    await asyncio.sleep(0)
    await database.aclose()
    await database.aclose()
    await last
    with pytest.raises(Unavailable):
        await keys(database)


@pytest.mark.parametrize("content", [b"not a database, for sure" * 100])
async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(RuntimeFailed):
        await Database.open(path)
    assert path.read_bytes() == content


async def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeFailed):
        await Database.open(tmp_path / "file" / "state.db")
