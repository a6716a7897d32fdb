"""The contract on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite_state.containers import SqliteContainerStore
from adapters.sqlite_state.database import Database
from adapters.sqlite_state.volumes import SqliteVolumeStore
from application.ports.state import ContainerStore, VolumeStore
from tests.unit.contracts.volume_store_contract import VolumeStoreContract


class TestSqliteVolumeStore(VolumeStoreContract):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        database = await Database.open(tmp_path / "state.db")
        yield database
        await database.aclose()

    @pytest.fixture
    def subject(self, database: Database) -> VolumeStore:
        return SqliteVolumeStore(database)

    @pytest.fixture
    def containers(self, database: Database) -> ContainerStore:
        return SqliteContainerStore(database)
