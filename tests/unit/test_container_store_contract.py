"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.state import ContainerStore
from domain.errors import RuntimeFailed
from tests.unit.contracts.container_store_contract import ContainerStoreContract, a_record
from tests.unit.fakes.container_store import FakeContainerStore


class TestFakeContainerStore(ContainerStoreContract):
    @pytest.fixture
    def subject(self) -> ContainerStore:
        return FakeContainerStore()


@pytest.mark.parametrize("after", [False, True])
async def test_a_failure_comes_before_or_after_the_work(after: bool) -> None:
    store = FakeContainerStore()
    store.state.faults.fail("add", RuntimeFailed("state", "reported", "disk full"), after=after)
    with pytest.raises(RuntimeFailed):
        await store.add(a_record(), ())
    assert len(await store.list()) == int(after)
