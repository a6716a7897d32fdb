"""The contract on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from application.ports.state import ContainerStore
from tests.unit.contracts.container_store_contract import ContainerStoreContract


class TestSqliteContainerStore(ContainerStoreContract):
    @pytest.fixture
    async def subject(self, tmp_path: Path) -> AsyncIterator[ContainerStore]:
        database = await Database.open(tmp_path / "state.db")
        yield SqliteContainerStore(database)
        await database.aclose()
