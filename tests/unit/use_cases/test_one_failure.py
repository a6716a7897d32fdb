"""One failure stays one failure: what else the daemon has to do is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from application.lifecycle.sweep_leftovers import SweepLeftovers
from application.ports.leftovers import Leftover
from application.ports.runtime import ContainerExits
from application.support.background import Background
from application.support.each_alone import EachAlone
from application.support.events import Events
from domain.container import ContainerState
from domain.errors import Conflict, RuntimeFailed, Unavailable
from domain.events import VOLUME, Event, EventFilters
from domain.network import PortBinding
from domain.spec import ContainerSpec, RestartPolicy
from entrypoints.daemon.loops import handle_exits
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.container_exits import FakeContainerExits
from tests.unit.fakes.event_store import FakeEventStore
from tests.unit.fakes.leftovers import FakeLeftovers
from tests.unit.fakes.port_relays import FakePortRelays
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image, running_loops, until

BROKEN = RuntimeFailed("test", "reported", "broken")
UNFORESEEN = ValueError("nobody foresaw this")
ALWAYS = ContainerSpec(IMAGE, ("sleep", "100"), restart=RestartPolicy.parse("always"))


class Failures:
    """What was said of failures."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def __call__(self, work: str, error: Exception) -> None:
        self.told.append((work, str(error)))


@pytest.fixture
async def running() -> AsyncIterator[set[asyncio.Task[None]]]:
    """Tasks that end with the test."""
    tasks: set[asyncio.Task[None]] = set()
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("error", [BROKEN, UNFORESEEN])
async def test_work_in_the_background(error: Exception, running: set[asyncio.Task[None]]) -> None:
    failures = Failures()
    background = Background(failures)
    running.add(asyncio.create_task(background.run()))
    done = asyncio.Event()

    async def other() -> None:
        done.set()

    background.add("broken", lambda: _raise(error))
    background.add("other", other)
    async with asyncio.timeout(5):
        await done.wait()
    assert failures.told == [("broken", str(error))]


class _StoreWithABadEvent(FakeEventStore):
    async def append(self, batch: tuple[Event, ...]) -> None:
        if any(event.name == "bad" for event in batch):
            raise UNFORESEEN
        await super().append(batch)


async def test_an_event_that_cannot_be_stored(running: set[asyncio.Task[None]]) -> None:
    store, failures = _StoreWithABadEvent(), Failures()
    events = Events(store, failures)
    for name in ("first", "bad", "last"):
        events.emit(VOLUME, "create", name, name, {})
    running.add(asyncio.create_task(events.run()))
    beginning, now = datetime.min.replace(tzinfo=UTC), datetime.now(UTC)
    assert [event.name async for event in events.watch(EventFilters(), beginning, now)] == ["first", "last"]
    assert failures.told == [("event create of volume bad", str(UNFORESEEN))]


async def test_a_full_disk_in_the_middle_of_a_batch_loses_no_event_and_repeats_none(
    running: set[asyncio.Task[None]],
) -> None:
    store, failures = _StoreWithABadEvent(), Failures()
    events = Events(store, failures, retry=0.01)
    for name in ("first", "bad", "last"):
        events.emit(VOLUME, "create", name, name, {})
    store.faults.fail("append", RuntimeFailed("state", "reported", "full"))
    running.add(asyncio.create_task(events.run()))
    await until(lambda: len(failures.told) == 2)
    beginning, now = datetime.min.replace(tzinfo=UTC), datetime.now(UTC)
    assert [event.name async for event in events.watch(EventFilters(), beginning, now)] == ["first", "last"]


async def test_each_alone_does_the_others_and_names_the_one() -> None:
    failures, done = Failures(), []

    async def note() -> None:
        done.append(1)

    await EachAlone(failures)("mend", {"a": note, "b": lambda: _raise(UNFORESEEN), "c": note})
    assert (failures.told, len(done)) == ([("mend b", str(UNFORESEEN))], 2)


class _WatchThatBreaks:
    """Ends of containers, of which the first watch breaks in a way that nobody foresaw."""

    def __init__(self, whole: ContainerExits) -> None:
        self._whole = whole
        self._broken = False

    async def watch(self) -> AsyncGenerator[str, None]:
        async for runtime_id in self._whole.watch():
            yield runtime_id
            if not self._broken:
                self._broken = True
                raise UNFORESEEN


async def test_a_watch_that_breaks_is_begun_again() -> None:
    world = FakeWorld()
    daemon = world.daemon()
    daemon.exit_events.override(_WatchThatBreaks(FakeContainerExits(world.runtime)))
    await put_image(world.images)
    async with running_loops(daemon):
        record = await daemon.start()((await daemon.create()(ALWAYS, "web")).id)
        world.runtime.finish(record.runtime_id, 1)
        await until(lambda: _number(world) == 2)


def _number(world: FakeWorld) -> int:
    (record,) = world.state.records.values()
    return record.attempt_number


async def _three(world: FakeWorld, daemon: Daemon) -> list[str]:
    """Runtime ids of three containers that run, with --restart always."""
    await put_image(world.images)
    ids = [(await daemon.create()(ALWAYS, name)).id for name in ("c1", "c2", "c3")]
    return [(await daemon.start()(id_)).runtime_id for id_ in ids]


@pytest.mark.parametrize("error", [BROKEN, UNFORESEEN])
async def test_a_container_that_cannot_be_repaired_keeps_no_other_down(error: Exception) -> None:
    world = FakeWorld()
    ended = await _three(world, world.daemon())
    for runtime_id in ended:
        world.runtime.finish(runtime_id, 1)
    world.runtime.fail("status", error)
    async with running_loops(world.daemon()):
        await until(lambda: sorted(r.attempt_number for r in world.state.records.values()) == [1, 2, 2])


@pytest.mark.parametrize("error", [BROKEN, UNFORESEEN])
async def test_an_orphan_that_cannot_be_removed_keeps_no_container_down(error: Exception) -> None:
    world = FakeWorld()
    daemon = world.daemon()
    ended = await _three(world, daemon)
    orphan = next(iter(world.state.records))
    world.state.records.pop(orphan)
    for runtime_id in ended:
        world.runtime.finish(runtime_id, 1)
    world.runtime.fail("remove", error)
    async with running_loops(world.daemon()):
        await until(lambda: [r.attempt_number for r in world.state.records.values()] == [2, 2])


async def test_repairing_asks_the_runtime_once_for_all_that_run() -> None:
    world = FakeWorld()
    await _three(world, world.daemon())
    daemon = world.daemon()
    world.runtime.calls.clear()
    async with asyncio.timeout(1):  # a wait for the end of each would take two seconds and more
        await daemon.reconcile()()
    asked = [method for method, _ in world.runtime.calls]
    assert asked.count("list") == 1
    assert "status" not in asked


async def test_an_end_whose_status_comes_late_is_handled() -> None:
    world = FakeWorld()
    (first, *_) = await _three(world, world.daemon())
    daemon = world.daemon()
    daemon.reconcile.add_kwargs(status_delay=0.01)
    late = replace(world.runtime.containers[first].state)
    with world.runtime.down():  # nobody is told
        world.runtime.finish(first, 7)
    ended, world.runtime.containers[first].state = world.runtime.containers[first].state, late
    async with running_loops(daemon):
        await until(lambda: ("list", "") in world.runtime.calls)
        world.runtime.containers[first].state = ended
        await until(lambda: sorted(r.attempt_number for r in world.state.records.values()) == [1, 1, 2])


async def test_a_port_that_was_taken_keeps_no_other_closed() -> None:
    world = FakeWorld()
    daemon = world.daemon()
    daemon.relays.override(FakePortRelays())
    await put_image(world.images)
    ports = {name: _published(number) for name, number in (("c1", 8001), ("c2", 8003))}
    for name, published in ports.items():
        await daemon.start()((await daemon.create()(replace(ALWAYS, ports=published), name)).id)
    again, relays = world.daemon(), FakePortRelays()
    again.relays.override(relays)
    await relays.open("another process", ports["c1"][:1], "192.0.2.9")
    await again.restore_relays()()
    opened = [
        binding for owner, open_ in relays.opened.items() if "another" not in owner for binding in open_
    ]
    assert set(opened) == {ports["c1"][1], *ports["c2"]}


def _published(first: int) -> tuple[PortBinding, ...]:
    return tuple(
        PortBinding(container_port=80 + number, host_port=first + number, host_address="::1")
        for number in range(2)
    )


async def test_an_unforeseen_end_of_one_exit_keeps_the_loop() -> None:
    world = FakeWorld()
    daemon = world.daemon()
    loops = asyncio.create_task(
        handle_exits(
            daemon.exit_events(),
            daemon.exits(),
            daemon.handle_exit(),
            daemon.reconcile(),
            daemon.plan_restart(),
        )
    )
    runtime_ids = await _three(world, daemon)
    world.runtime.fail("stop_sandbox", UNFORESEEN)
    world.runtime.finish(runtime_ids[0], 1)
    await asyncio.sleep(0)
    world.runtime.finish(runtime_ids[1], 1)
    await until(lambda: sum(bool(r.attempt and r.attempt.ended) for r in world.state.records.values()) == 1)
    assert not loops.done()
    assert (await daemon.lookup().find("c3")).state is ContainerState.RUNNING
    loops.cancel()
    with suppress(asyncio.CancelledError):
        await loops


CGROUP, ADDRESS = Leftover("cgroup", "a" * 64), Leftover("address", "/cni/10.0.0.2")


async def test_a_leftover_is_removed_when_it_is_found_twice() -> None:
    leftovers = FakeLeftovers(CGROUP)
    sweep = SweepLeftovers(leftovers, EachAlone(Failures()))
    await sweep()
    assert leftovers.there == {CGROUP}
    leftovers.there.add(ADDRESS)
    await sweep()
    assert leftovers.there == {ADDRESS}


async def test_what_was_in_the_making_is_no_leftover_the_next_time() -> None:
    leftovers = FakeLeftovers(CGROUP)
    sweep = SweepLeftovers(leftovers, EachAlone(Failures()))
    await sweep()
    leftovers.there.clear()
    await sweep()
    leftovers.there.add(CGROUP)  # another is in the making under the same name
    await sweep()
    assert leftovers.there == {CGROUP}


async def test_at_the_start_nothing_is_in_the_making() -> None:
    leftovers = FakeLeftovers(CGROUP, ADDRESS)
    await SweepLeftovers(leftovers, EachAlone(Failures()))(nothing_in_the_making=True)
    assert leftovers.there == set()


async def test_a_leftover_that_cannot_be_removed_keeps_no_other_and_is_tried_again() -> None:
    leftovers, failures = FakeLeftovers(CGROUP, ADDRESS), Failures()
    sweep = SweepLeftovers(leftovers, EachAlone(failures))
    leftovers.faults.fail("remove", Conflict("process", "17", "does-not-end"))
    await sweep(nothing_in_the_making=True)
    assert len(leftovers.there) == len(failures.told) == 1
    await sweep()
    assert leftovers.there == set()


@pytest.mark.parametrize("auto_remove", [True, False])
async def test_a_run_that_could_not_be_taken_back_is_taken_back_when_the_runtime_answers(
    auto_remove: bool,
) -> None:
    world = FakeWorld()
    daemon = world.daemon()
    await put_image(world.images)
    down = Unavailable("container runtime", "", "reported", "down")
    world.runtime.fail("run", down)
    world.runtime.fail("list_sandboxes", down)
    with pytest.raises(Unavailable):
        async for _ in daemon.run()(
            replace(ALWAYS, auto_remove=auto_remove, restart=RestartPolicy.parse("no")), "web"
        ):
            pass
    assert len(world.state.records) == 1
    await daemon.reconcile()()
    assert world.state.records == {}


async def test_what_removes_itself_and_does_not_run_is_removed_at_the_start() -> None:
    world = FakeWorld()
    daemon = world.daemon()
    await put_image(world.images)
    spec = replace(ALWAYS, restart=RestartPolicy.parse("no"))
    await daemon.create()(replace(spec, auto_remove=True), "gone")
    await daemon.create()(spec, "kept")
    running = await daemon.start()((await daemon.create()(replace(spec, auto_remove=True), "running")).id)
    again = world.daemon()
    await again.abandoned().find_at_start()
    later = await again.create()(replace(spec, auto_remove=True), "later")
    await again.reconcile()()
    assert {record.name for record in world.state.records.values()} == {"kept", "running", "later"}
    assert running.id in world.state.records
    assert later.id in world.state.records


async def test_what_is_started_again_before_it_was_removed_is_kept() -> None:
    world = FakeWorld()
    daemon = world.daemon()
    await put_image(world.images)
    spec = replace(ALWAYS, restart=RestartPolicy.parse("no"), auto_remove=True)
    record = await daemon.create()(spec, "web")
    await daemon.abandoned().find_at_start()
    await daemon.start()("web")
    await daemon.reconcile()()
    assert list(world.state.records) == [record.id]
    assert daemon.abandoned().ids() == ()


async def test_many_containers_cost_one_reading_of_their_records(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FakeWorld()
    await _three(world, world.daemon())
    daemon = world.daemon()
    store = daemon.container_store()
    read: list[str] = []
    monkeypatch.setattr(store, "get", read.append)
    await daemon.reconcile()()
    assert read == []
