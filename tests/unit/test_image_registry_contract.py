"""The contract on the fake, and what the fake alone can show."""

from __future__ import annotations

import asyncio

import pytest

from domain.image import Credentials
from tests.unit.contracts.image_registry_contract import ImageRegistryContract, Registries, all_of
from tests.unit.fakes.image_registry import FakeImageRegistry
from tests.unit.fakes.image_store import FakeImageStore


@pytest.fixture
def registries() -> Registries:
    store = FakeImageStore()
    registry = FakeImageRegistry(store)
    credentials = Credentials("tester", "hunter2")
    registry.locked["locked.test"] = credentials
    registry.down.add("down.test")
    return Registries(store, registry, "open.test", "locked.test", "down.test", credentials)


class TestFakeImageRegistry(ImageRegistryContract):
    @pytest.fixture
    def subject(self, registries: Registries) -> Registries:
        return registries


async def test_a_cancelled_pull_in_the_middle_leaves_no_name(registries: Registries) -> None:
    _, name = await registries.pushed()
    assert isinstance(registries.registry, FakeImageRegistry)
    registries.registry.slow = asyncio.Event()
    pulling = asyncio.create_task(all_of(registries.registry.pull(name, "", None)))
    await asyncio.sleep(0.01)
    pulling.cancel()
    await asyncio.wait({pulling})
    assert not await registries.is_here(name)
