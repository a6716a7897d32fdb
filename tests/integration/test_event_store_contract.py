"""The contract on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite_state.database import Database
from adapters.sqlite_state.events import SqliteEventStore
from application.ports.state import EventStore
from tests.unit.contracts.event_store_contract import EventStoreContract


class TestSqliteEventStore(EventStoreContract):
    @pytest.fixture
    async def subject(self, tmp_path: Path) -> AsyncIterator[EventStore]:
        database = await Database.open(tmp_path / "state.db")
        yield SqliteEventStore(database, kept=10)
        await database.aclose()
