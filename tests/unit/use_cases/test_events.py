"""Events that are emitted, and a store that refuses them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from application.support.events import Events
from domain.errors import RuntimeFailed
from domain.events import VOLUME, EventFilters
from tests.unit.fakes.event_store import FakeEventStore
from tests.unit.fakes.wired import until

FULL = RuntimeFailed("state", "reported", "database or disk is full")


class Scene:
    """Events that are being stored, and what was said of failures."""

    def __init__(self) -> None:
        self.store = FakeEventStore()
        self.failures: list[tuple[str, Exception]] = []
        self.events = Events(self.store, lambda work, error: self.failures.append((work, error)), retry=0.01)
        self.running = asyncio.create_task(self.events.run())

    async def stored(self, count: int) -> list[str]:
        """Names of the first so many that are stored, in their order."""
        names: list[str] = []
        async with aclosing(
            self.events.watch(EventFilters(), since=datetime.min.replace(tzinfo=UTC))
        ) as watched:
            async for event in watched:
                names.append(event.name)
                if len(names) == count:
                    break
        return names


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    made.running.cancel()
    await asyncio.wait({made.running})


async def test_what_a_full_disk_refuses_is_stored_later_in_its_order(scene: Scene) -> None:
    scene.store.faults.fail("append", FULL, times=3)
    scene.events.emit(VOLUME, "create", "first", "first", {})
    await until(lambda: len(scene.failures) == 2)
    scene.events.emit(VOLUME, "create", "second", "second", {})
    await until(lambda: len(scene.failures) == 3)
    assert await scene.stored(2) == ["first", "second"]
    assert scene.failures == [("events", FULL)] * 3
    assert not scene.running.done()


async def test_what_was_refused_is_told_to_who_asks_before_it_is_tried_again() -> None:
    store = FakeEventStore()
    failures: list[str] = []
    events = Events(store, lambda work, _: failures.append(work), retry=1000)
    running = asyncio.create_task(events.run())
    store.faults.fail("append", FULL, times=1)
    events.emit(VOLUME, "create", "waits", "waits", {})
    await until(lambda: failures == ["events"])
    now = datetime.now(UTC)
    told = [event.name async for event in events.watch(EventFilters(), datetime.min.replace(tzinfo=UTC), now)]
    assert told == ["waits"]
    running.cancel()
    await asyncio.wait({running})


async def test_who_asks_and_goes_takes_no_event_away() -> None:
    store = FakeEventStore()
    events = Events(store, lambda *_: None)
    events.emit(VOLUME, "create", "one", "one", {})
    asking = asyncio.ensure_future(anext(events.watch(EventFilters())))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking})
    told = events.watch(EventFilters(), datetime.min.replace(tzinfo=UTC))
    assert (await anext(told)).name == "one"
    await told.aclose()


async def test_only_so_many_wait(scene: Scene) -> None:
    scene.store.faults.fail("append", FULL)
    for number in range(10_002):
        scene.events.emit(VOLUME, "create", str(number), str(number), {})
    await until(lambda: bool(scene.failures))
    stored = await scene.stored(10_000)
    assert (stored[0], stored[-1]) == ("2", "10001")


async def test_a_store_that_refuses_to_the_end_does_not_break_the_end(scene: Scene) -> None:
    scene.store.faults.fail("append", FULL, times=100)
    scene.events.emit(VOLUME, "create", "one", "one", {})
    await until(lambda: bool(scene.failures))
    scene.running.cancel()
    await asyncio.wait({scene.running})
    assert scene.running.cancelled()
