"""The contract on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite_state.database import Database
from adapters.sqlite_state.identity import SqliteIdentity
from application.ports.state import Identity
from tests.unit.contracts.identity_contract import IdentityContract


class TestSqliteIdentity(IdentityContract):
    @pytest.fixture
    async def subject(self, tmp_path: Path) -> AsyncIterator[Identity]:
        database = await Database.open(tmp_path / "one.db")
        yield SqliteIdentity(database)
        await database.aclose()

    @pytest.fixture
    async def another(self, tmp_path: Path) -> AsyncIterator[Identity]:
        database = await Database.open(tmp_path / "two.db")
        yield SqliteIdentity(database)
        await database.aclose()


async def test_the_name_outlives_the_daemon(tmp_path: Path) -> None:
    names = set()
    for _ in range(2):
        database = await Database.open(tmp_path / "state.db")
        names.add(await SqliteIdentity(database).instance())
        await database.aclose()
    assert len(names) == 1
