"""A SQLite file, and the thread that works on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from adapters.sqlite_state.errors import SERVICE, translated, wants_room
from adapters.sqlite_state.migrate import migrate
from domain.errors import Unavailable

_BUSY_MS = 5000
_RESERVE = 4 << 20  # the size at which the write-ahead log starts over: 1000 pages
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_T = TypeVar("_T")


class Database:
    """Runs functions on a connection, each in a transaction of its own.

    All work is done by a single thread: SQLite serialises writes anyway, and the event loop never waits for
    a disk. When a caller is cancelled its transaction is finished, never half done.

    A file beside it, `<path>-reserve`, holds some room, which is given up when the disk is full: then
    stopping and removing containers to make room can be recorded. It is taken again when there is room.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserve = path.with_name(f"{path.name}-reserve")
        self._engine = _engine(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open the file, make it if it is missing, and bring it to this version's schema.

        Raises RuntimeFailed if it cannot be opened or was written by a newer k3c, Unavailable while another
        process holds it.
        """
        database = cls(path)
        try:
            await database._submit(database._prepare)
        except BaseException:
            await database.aclose()
            raise
        return database

    async def call(self, work: Callable[[Connection], _T]) -> _T:
        """Run `work` in a transaction; its errors roll the transaction back.

        A call that is cancelled before its turn never runs. A call that is cancelled while it runs goes on
        to its commit or rollback, and later calls see what it did. Raises RuntimeFailed for SQLite's own
        errors, Unavailable when the database is closed or another process holds the file.
        """
        return await self._submit(lambda: self._transaction(work))

    async def aclose(self) -> None:
        """Close the file when the running work is done; later calls are refused. Idempotent."""
        try:
            closing = self._thread.submit(self._engine.dispose)
        except RuntimeError:
            return
        # The thread ends behind the last call that it has, also if this is cancelled.
        self._thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(closing))

    async def _submit(self, work: Callable[[], _T]) -> _T:
        try:
            running = self._thread.submit(work)
        except RuntimeError as error:
            raise Unavailable(SERVICE, str(self._path), "it is closed") from error
        return await asyncio.wrap_future(running)

    def _transaction(self, work: Callable[[Connection], _T]) -> _T:
        with translated(self._path):
            done = self._with_reserve(lambda: self._once(work))
            self._take_reserve()
        return done

    def _once(self, work: Callable[[Connection], _T]) -> _T:
        with self._engine.begin() as connection:
            return work(connection)

    def _with_reserve(self, work: Callable[[], _T]) -> _T:
        """Do the work, and do it again without the reserve if the disk may be full."""
        try:
            return work()
        except OperationalError as error:
            if not wants_room(error) or not self._reserve.exists():
                raise
            self._reserve.unlink()
            return work()

    def _take_reserve(self) -> None:
        if self._reserve.exists():
            return
        try:
            with os.fdopen(os.open(self._reserve, _NEW, 0o600), "wb") as file:
                os.posix_fallocate(file.fileno(), 0, _RESERVE)
        except OSError:  # there is no room now: a later transaction tries again
            self._reserve.unlink(missing_ok=True)

    def _prepare(self) -> None:
        with translated(self._path):
            _make(self._path)
            self._with_reserve(self._bring_up)
            self._take_reserve()

    def _bring_up(self) -> None:
        self._once(lambda connection: migrate(connection, self._path))
        with self._engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.close()


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        # FULL: a container whose id was printed is still known after a power cut; it costs an fsync a
        # call that writes. Foreign keys are enforced once the migrations are through.
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", f"busy_timeout={_BUSY_MS}")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _make(path: Path) -> None:
    # Passable and not listable: the folder is the daemon's root, with other things in it.
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    # SQLite gives its -wal and -shm files the mode of the database.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
