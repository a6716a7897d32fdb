"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.state import EventStore
from tests.unit.contracts.event_store_contract import EventStoreContract
from tests.unit.fakes.event_store import FakeEventStore


class TestFakeEventStore(EventStoreContract):
    @pytest.fixture
    def subject(self) -> EventStore:
        return FakeEventStore(kept=10)
