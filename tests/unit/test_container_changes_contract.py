"""The contract on the fake."""

from __future__ import annotations

import pytest

from tests.unit.contracts.container_changes_contract import ContainerChangesContract, State
from tests.unit.fakes.container_store import FakeContainerChanges, FakeContainerStore, FakeState


class TestFakeContainerChanges(ContainerChangesContract):
    @pytest.fixture
    def subject(self) -> State:
        state = FakeState()
        return State(FakeContainerStore(state), FakeContainerChanges(state))
