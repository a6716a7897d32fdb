"""The contract on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite_state.changes import SqliteContainerChanges
from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from tests.unit.contracts.container_changes_contract import ContainerChangesContract, State


class TestSqliteContainerChanges(ContainerChangesContract):
    @pytest.fixture
    async def subject(self, tmp_path: Path) -> AsyncIterator[State]:
        database = await Database.open(tmp_path / "state.db")
        yield State(SqliteContainerStore(database), SqliteContainerChanges(database))
        await database.aclose()
