"""Running a container: whatever step fails or is cancelled, nothing of the attempt is left."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, nullcontext

import pytest

from application.lifecycle.sessions import Attachment
from application.use_cases.container.run import Created, RunContainer, RunEvent, Started
from domain.container import ExitStatus
from domain.errors import InvalidArgument, K3cError, MountSourceMissing, NotFound, PortInUse, RuntimeFailed
from domain.events import VOLUME
from domain.network import PortBinding
from domain.spec import ContainerSpec
from domain.volume import Mount, MountKind
from tests.unit.fakes.port_relays import FakePortRelays
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image, running_loops, until

BROKEN = RuntimeFailed("test", "reported", "broken")
SPEC = ContainerSpec(
    IMAGE,
    ("sleep", "100"),
    ports=(PortBinding(80, host_port=8080), PortBinding(80, host_address="::1", host_port=18080)),
    mounts=(Mount(MountKind.VOLUME, "", "/anonymous"), Mount(MountKind.VOLUME, "named", "/named")),
)
RUNTIME_STEPS = ("run", "address", "create", "start")
STATE_STEPS = ("add", "begin", "add_volume", "get_volume")


class Scene:
    """A world, and `run` in it."""

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.relays = FakePortRelays()
        self.daemon = self.world.daemon()
        self.daemon.relays.override(self.relays)
        self.run: RunContainer = self.daemon.run()

    async def events(
        self, spec: ContainerSpec = SPEC, name: str = "web", *, attach: bool = False
    ) -> list[RunEvent]:
        """Everything that a run gives."""
        attachment = Attachment(self.daemon.streams()) if attach else None
        async with aclosing(self.run(spec, name, attachment)) as events:
            return [event async for event in events]

    def check_nothing_is_left(self) -> None:
        """No pod, container, row, anonymous volume, port or relay. A named volume is the user's, and stays."""
        assert not self.world.runtime.leftovers()
        assert not self.world.state.records
        assert not [volume for volume in self.world.state.volumes.values() if volume.anonymous]
        assert not self.world.state.uses
        assert not self.relays.opened


@pytest.fixture
async def scene() -> Scene:
    made = Scene()
    await put_image(made.world.images)
    return made


async def test_a_run_that_succeeds(scene: Scene) -> None:
    created, started = await scene.events()
    assert isinstance(created, Created)
    assert isinstance(started, Started)
    assert started.record.attempt is not None
    assert [port.host_port for port in started.record.attempt.ports] == [8080, 18080]
    (relayed,) = scene.relays.opened.values()
    assert [str(port) for port in relayed] == ["[::1]:18080/tcp"]
    (sandbox,) = scene.world.runtime.sandboxes.values()
    assert [port.host_port for port in sandbox.request.ports] == [8080]


@pytest.mark.parametrize(("fails", "last"), [(False, []), (True, ["destroy", "destroy"])])
async def test_the_volumes_that_a_run_makes_have_their_events(
    scene: Scene, *, fails: bool, last: list[str]
) -> None:
    if fails:
        scene.world.state.faults.fail("add", BROKEN)
    with pytest.raises(RuntimeFailed) if fails else nullcontext():
        await scene.events()
    storing = asyncio.create_task(scene.daemon.events().run())
    await asyncio.sleep(0.01)
    storing.cancel()
    await asyncio.wait({storing})
    volumes = [event for event in await scene.daemon.event_store().list(0, 100) if event.kind == VOLUME]
    assert [event.action for event in volumes] == ["create", "create", *last]
    assert "named" in {event.name for event in volumes}


async def test_a_port_that_is_held_is_refused_before_anything_is_made(scene: Scene) -> None:
    scene.world.ports.taken[SPEC.ports[0]] = "nginx (pid 812)"
    with pytest.raises(PortInUse) as caught:
        await scene.events()
    assert caught.value.process == "nginx (pid 812)"
    assert not scene.world.state.volumes


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", RUNTIME_STEPS)
async def test_a_step_of_the_runtime_that_fails(scene: Scene, step: str, after: bool) -> None:
    scene.world.runtime.fail(step, BROKEN, after=after)
    with pytest.raises(RuntimeFailed):
        await scene.events()
    if step == "run" and after:
        # The port's contract is all or nothing: what an answer that was lost left is the reconciler's.
        await scene.daemon.reconcile()()
    scene.check_nothing_is_left()
    assert len(await scene.events()) == 2


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STATE_STEPS)
async def test_a_step_of_the_store_that_fails(scene: Scene, step: str, after: bool) -> None:
    scene.world.state.faults.fail(step, BROKEN, after=after)
    with pytest.raises(RuntimeFailed):
        await scene.events()
    scene.check_nothing_is_left()
    assert len(await scene.events()) == 2


@pytest.mark.parametrize("turns", range(60))
async def test_a_run_that_is_cancelled_at_any_moment(scene: Scene, turns: int) -> None:
    """Also while the store works, whose calls are done to their ends when they are cancelled."""
    task = asyncio.create_task(scene.events())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        await scene.daemon.remove()("web", force=True, volumes=True)
    scene.check_nothing_is_left()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", RUNTIME_STEPS)
async def test_a_run_that_is_cancelled_in_a_step(scene: Scene, step: str, after: bool) -> None:
    gate = scene.world.runtime.hold(step, after=after)
    task = asyncio.create_task(scene.events())
    await gate.reached.wait()
    task.cancel()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    if step == "run" and after:
        await scene.daemon.reconcile()()
    scene.check_nothing_is_left()
    assert len(await scene.events()) == 2


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        (ContainerSpec("absent"), NotFound),
        (ContainerSpec(""), InvalidArgument),
        (ContainerSpec(IMAGE, environment=("=x",)), InvalidArgument),
        (ContainerSpec(IMAGE, mounts=(Mount(MountKind.BIND, "/absent", "/x"),)), MountSourceMissing),
    ],
)
async def test_what_is_refused_before_anything_is_made(
    scene: Scene, spec: ContainerSpec, error: type[K3cError]
) -> None:
    with pytest.raises(error):
        await scene.events(spec)
    scene.check_nothing_is_left()


async def test_an_end_before_anybody_waits_is_seen(scene: Scene) -> None:
    """The process ends within its start, so its event comes before there is a waiter."""
    spec = ContainerSpec(IMAGE, ("sh", "-c", "exit 7"), auto_remove=True)
    async with running_loops(scene.daemon):
        events = await scene.events(spec, attach=True)
        assert isinstance(events[-1], ExitStatus)
        assert events[-1].code == 7
        assert not scene.world.state.records  # its name is free with the answer; its pod goes after it
        await until(lambda: not scene.world.runtime.leftovers())
    scene.check_nothing_is_left()


async def test_two_runs_with_one_name(scene: Scene) -> None:
    spec = ContainerSpec(IMAGE, ("sleep", "100"))
    results = await asyncio.gather(scene.events(spec), scene.events(spec), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyExists", "list"]
    assert len(scene.world.state.records) == len(scene.world.runtime.sandboxes) == 1
