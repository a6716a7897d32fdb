"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.state import ContainerStore, VolumeStore
from tests.unit.contracts.volume_store_contract import VolumeStoreContract
from tests.unit.fakes.container_store import FakeContainerStore, FakeState
from tests.unit.fakes.volume_store import FakeVolumeStore


class TestFakeVolumeStore(VolumeStoreContract):
    @pytest.fixture
    def state(self) -> FakeState:
        return FakeState()

    @pytest.fixture
    def subject(self, state: FakeState) -> VolumeStore:
        return FakeVolumeStore(state)

    @pytest.fixture
    def containers(self, state: FakeState) -> ContainerStore:
        return FakeContainerStore(state)
