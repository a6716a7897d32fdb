"""The lifecycle of containers on fakes: restarts, changes, waits, and failures in the middle of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.runtime import ProbeResult
from domain.container import ContainerRecord, ContainerState
from domain.errors import (
    Conflict,
    InvalidArgument,
    K3cError,
    NotHealthy,
    PortInUse,
    RuntimeFailed,
    Unavailable,
)
from domain.health import Healthcheck, HealthStatus
from domain.network import PortBinding
from domain.restart import Backoff, Restarts
from domain.spec import ContainerSpec, Resources, RestartPolicy, SpecChange
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.container_probes import FakeContainerProbes
from tests.unit.fakes.container_resources import FakeContainerResources
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image, running_loops, until

BROKEN = RuntimeFailed("test", "reported", "broken")
SLEEP = ("sleep", "100")
SLEEPING = ContainerSpec(IMAGE, SLEEP)


class Scene:
    """A world with one daemon in it."""

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.daemon: Daemon = self.world.daemon()
        self.probes = FakeContainerProbes(self.world.runtime)
        self.daemon.probes.override(self.probes)
        self.resources = FakeContainerResources(self.world.runtime)
        self.daemon.resources.override(self.resources)

    async def running(self, restart: str = "no", spec: ContainerSpec = SLEEPING) -> ContainerRecord:
        """A container named web that was started."""
        whole = replace(spec, restart=RestartPolicy.parse(restart))
        return await self.daemon.start()((await self.daemon.create()(whole, "web")).id)

    @property
    def record(self) -> ContainerRecord:
        """The only one."""
        (record,) = self.world.state.records.values()
        return record

    @property
    def number(self) -> int:
        """The number of its current attempt."""
        return self.record.attempt.number if self.record.attempt else 0

    async def state(self) -> ContainerState:
        """Its state."""
        return (await self.daemon.lookup().find("web")).state

    def end(self, code: int) -> None:
        """Have its process end."""
        assert self.record.attempt is not None
        self.world.runtime.finish(self.record.attempt.runtime_id, code)

    async def again(self, attempt: int) -> None:
        """Wait until this attempt runs."""
        await until(lambda: self.number == attempt and self.record.restarts.next_at is None)
        await until(
            lambda: any(
                one.state.state is ContainerState.RUNNING for one in self.world.runtime.containers.values()
            )
        )

    async def update(self, change: SpecChange) -> list[bool]:
        """Change it; whether it was said that it is replaced."""
        return [plan.replaces async for plan in self.daemon.update()("web", change)]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await put_image(scene.world.images)
    async with running_loops(scene.daemon):
        yield scene


async def test_restarts_are_counted_until_a_user_starts_it(scene: Scene) -> None:
    await scene.running("always")
    for attempt in (2, 3, 4):
        scene.end(1)
        await scene.again(attempt)
    assert scene.record.restarts.count == 3
    await scene.daemon.restart()("web", 0)
    assert (scene.number, scene.record.restarts) == (5, Restarts())


async def test_on_failure_gives_up(scene: Scene) -> None:
    await scene.running("on-failure:2")
    for attempt in (2, 3):
        scene.end(1)
        await scene.again(attempt)
    scene.end(1)
    await until(lambda: scene.record.attempt is not None and scene.record.attempt.ended)
    assert await scene.state() is ContainerState.EXITED
    assert scene.record.restarts == Restarts(2, 2)


async def test_a_restart_that_fails_is_tried_again(scene: Scene) -> None:
    await scene.running("always")
    scene.world.runtime.fail("run", BROKEN, times=2)
    scene.end(1)
    await scene.again(4)
    assert scene.record.restarts.count == 3


async def test_a_restart_that_fails_ends_with_the_last_try(scene: Scene) -> None:
    await scene.running("on-failure:1")
    scene.world.runtime.fail("start", BROKEN)
    scene.end(1)
    await until(lambda: scene.number == 2 and not scene.world.runtime.leftovers())
    assert await scene.state() is ContainerState.CREATED


@pytest.mark.parametrize("verb", ["stop", "kill", "remove"])
async def test_a_planned_restart_is_called_off(verb: str) -> None:
    scene = Scene()
    scene.daemon.backoff.override(Backoff(timedelta(seconds=30)))
    await put_image(scene.world.images)
    async with running_loops(scene.daemon):
        await scene.running("always")
        scene.end(1)
        await scene.again(2)
        scene.end(1)
        await until(lambda: scene.record.restarts.next_at is not None)
        if verb == "remove":
            with pytest.raises(Conflict):
                await scene.daemon.remove()("web")
            await scene.daemon.remove()("web", force=True)
            assert not scene.world.state.records
            return
        await (scene.daemon.stop()("web") if verb == "stop" else scene.daemon.kill()("web", 9))
        assert scene.record.restarts.next_at is None
        assert scene.record.stopped_by_user


async def test_what_was_planned_outlives_the_daemon() -> None:
    scene = Scene()
    await put_image(scene.world.images)
    await scene.running("on-failure:3")
    scene.end(1)
    await scene.daemon.handle_exit()(scene.record.attempt.runtime_id if scene.record.attempt else "")
    assert await scene.state() is ContainerState.RESTARTING
    async with running_loops(scene.world.daemon()):
        await scene.again(2)


async def test_a_restart_that_the_daemon_broke_off_is_taken_up() -> None:
    scene = Scene()
    await put_image(scene.world.images)
    await scene.running("on-failure:3")
    scene.end(1)
    await scene.daemon.handle_exit()(scene.record.attempt.runtime_id if scene.record.attempt else "")
    await scene.daemon.container_store().begin(scene.record.id, scene.record.next_attempt())
    async with running_loops(scene.world.daemon()):
        await scene.again(3)


async def test_an_end_is_handled_once(scene: Scene) -> None:
    await scene.running("on-failure:1")
    scene.end(1)
    await scene.again(2)
    scene.end(1)
    await until(lambda: scene.record.attempt is not None and scene.record.attempt.ended)
    for _ in range(3):
        await scene.daemon.reconcile()()
    assert (scene.number, scene.record.restarts.count) == (2, 1)


async def test_repairing_leaves_alone_what_is_being_started(scene: Scene) -> None:
    made = await scene.daemon.create()(replace(SLEEPING, auto_remove=True), "web")
    async with scene.daemon.locks().hold(made.id):
        await scene.daemon.container_store().begin(made.id, made.next_attempt())
        repairing = asyncio.create_task(scene.daemon.reconcile()())
        await asyncio.sleep(0.01)
        await scene.daemon.start_attempt()(scene.record)
    await repairing
    assert await scene.state() is ContainerState.RUNNING


async def test_a_wait_sees_the_end_of_what_runs_and_none_of_what_never_did(scene: Scene) -> None:
    await scene.daemon.create()(ContainerSpec(IMAGE, SLEEP), "web")
    assert (await scene.daemon.wait()("web")).code == 0
    await scene.daemon.start()("web")
    waiting = asyncio.create_task(scene.daemon.wait()("web"))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    scene.end(9)
    assert (await waiting).code == 9
    assert (await scene.daemon.wait()("web")).code == 9


async def test_what_is_paused(scene: Scene) -> None:
    await scene.running()
    await scene.daemon.pause()("web", pause=True)
    assert await scene.state() is ContainerState.PAUSED
    for refused in (scene.daemon.start()("web"), scene.daemon.pause()("web", pause=True)):
        with pytest.raises(Conflict):
            await refused
    await scene.daemon.stop()("web")
    assert await scene.state() is ContainerState.EXITED


async def test_the_ports_are_free_when_stop_returns() -> None:
    """Also where nobody listens to the runtime's events, as while there is a gap in them."""
    scene = Scene()
    await put_image(scene.world.images)
    published = replace(SLEEPING, ports=(PortBinding(80, "tcp", "127.0.0.1", 8080),))
    await scene.running(spec=published)
    await scene.daemon.stop()("web")
    assert scene.record.attempt is not None
    assert scene.record.attempt.ended
    other = await scene.daemon.create()(published, "other")
    await scene.daemon.start()(other.id)


async def test_limits_are_changed_without_a_new_attempt(scene: Scene) -> None:
    record = await scene.running()
    assert await scene.update(SpecChange(Resources(memory=1 << 30), RestartPolicy.parse("always"))) == [False]
    assert await scene.update(SpecChange(Resources(cpu_shares=2))) == [False]
    assert scene.record.attempt == record.attempt
    assert scene.record.spec.resources == Resources(cpu_shares=2, memory=1 << 30)
    assert record.attempt is not None
    assert scene.resources.limits[record.attempt.runtime_id] == Resources(cpu_shares=2, memory=1 << 30)


async def test_all_else_is_changed_with_one(scene: Scene) -> None:
    await scene.running(spec=replace(SLEEPING, environment=("A=1", "B=1"), labels={"a": "1"}))
    change = SpecChange(environment=("A=2",), labels={"b": "2"}, ports=(PortBinding(80, host_port=8080),))
    assert await scene.update(change) == [True]
    assert (scene.number, scene.record.process.environment[-2:]) == (2, ("A=2", "B=1"))
    assert scene.record.spec.labels == {"a": "1", "b": "2"}
    (container,) = scene.world.runtime.containers.values()
    assert container.request.process.environment[-2:] == ("A=2", "B=1")


async def test_a_port_that_another_has_is_refused_before_anything_is_stopped(scene: Scene) -> None:
    """Its own ports do not count: what it keeps of them it gets again."""
    mine, theirs, free = (PortBinding(80, host_port=port) for port in (8080, 8081, 8082))
    before = await scene.running(spec=replace(SLEEPING, ports=(mine,)))
    other = await scene.daemon.create()(replace(SLEEPING, ports=(theirs,)), "other")
    await scene.daemon.start()(other.id)
    with pytest.raises(PortInUse) as caught:
        await scene.update(SpecChange(ports=(theirs,)))
    assert caught.value.container == "other"
    scene.world.ports.taken[mine] = "k3c (pid 1)"
    scene.world.ports.taken[free] = "nginx (pid 812)"
    with pytest.raises(PortInUse) as caught:
        await scene.update(SpecChange(ports=(free,)))
    assert caught.value.process == "nginx (pid 812)"
    assert scene.world.state.records[before.id] == before


@pytest.mark.parametrize("step", ["run", "create", "start"])
async def test_a_change_that_fails_is_taken_back(scene: Scene, step: str) -> None:
    before = await scene.running(spec=replace(SLEEPING, environment=("A=1",)))
    scene.world.runtime.fail(step, BROKEN)
    with pytest.raises(RuntimeFailed):
        await scene.update(SpecChange(environment=("A=2",)))
    assert (scene.record.spec, scene.record.process) == (before.spec, before.process)
    (container,) = scene.world.runtime.containers.values()
    assert container.request.process.environment[-1] == "A=1"
    assert await scene.state() is ContainerState.RUNNING


async def test_a_limit_that_fails_is_taken_back(scene: Scene) -> None:
    before = await scene.running()
    scene.world.runtime.fail("update", BROKEN)
    with pytest.raises(RuntimeFailed):
        await scene.update(SpecChange(Resources(memory=1 << 30)))
    assert scene.record.spec == before.spec


async def test_an_oom_score_is_given_to_all_processes_at_once(scene: Scene) -> None:
    """To those, too, that are made meanwhile."""
    record = await scene.running()
    assert record.attempt is not None
    runtime_id = record.attempt.runtime_id
    scene.world.pids.forking[runtime_id] = 2
    assert await scene.update(SpecChange(Resources(oom_score_adj=500))) == [False]
    assert scene.world.oom_scores.scores == dict.fromkeys(range(1001, 1006), 500)
    assert scene.record.spec.resources == Resources(oom_score_adj=500)
    assert scene.resources.limits == {}
    await scene.daemon.stop()("web")
    assert await scene.update(SpecChange(Resources(oom_score_adj=100))) == [False]
    assert scene.record.spec.resources == Resources(oom_score_adj=100)


async def test_an_oom_score_without_the_privileges_changes_nothing(scene: Scene) -> None:
    before = await scene.running(spec=replace(SLEEPING, resources=Resources(oom_score_adj=200)))
    with pytest.raises(InvalidArgument) as caught:
        await scene.update(SpecChange(Resources(oom_score_adj=-500, memory=1 << 30)))
    assert caught.value.problem == "oom-score-privileged"
    assert scene.record.spec == before.spec
    assert set(scene.world.oom_scores.scores.values()) == {200}
    assert scene.resources.limits == {}


async def test_an_oom_score_is_taken_back_with_a_limit_that_fails(scene: Scene) -> None:
    before = await scene.running(spec=replace(SLEEPING, resources=Resources(oom_score_adj=200)))
    scene.world.runtime.fail("update", BROKEN)
    with pytest.raises(RuntimeFailed):
        await scene.update(SpecChange(Resources(oom_score_adj=500, memory=1 << 30)))
    assert scene.record.spec == before.spec
    assert set(scene.world.oom_scores.scores.values()) == {200}


async def test_a_container_is_found_without_reading_all_records(scene: Scene) -> None:
    record = await scene.running()
    scene.world.state.faults.fail("list", BROKEN)
    for reference in (record.id, record.id[:6], "web"):
        assert (await scene.daemon.lookup().find(reference)).record == record


async def test_names(scene: Scene) -> None:
    await scene.running()
    await scene.daemon.rename()("web", "new")
    cases: tuple[tuple[str, type[K3cError]], ...] = (("new", Conflict), ("a b", InvalidArgument))
    for name, error in cases:
        with pytest.raises(error):
            await scene.daemon.rename()("new", name)
    assert scene.record.name == "new"


def check(interval: float) -> Healthcheck:
    """A check that fails unless the fake is given other answers."""
    return Healthcheck(("CMD", "sh", "-c", "exit 1"), interval=interval, retries=2)


async def test_health_is_waited_for(scene: Scene) -> None:
    scene.probes.answers = [ProbeResult(1, "not yet"), ProbeResult(0, "well")]
    await scene.daemon.await_health()(await scene.running(spec=replace(SLEEPING, healthcheck=check(0.001))))
    health = (await scene.daemon.lookup().find("web")).health
    assert health is not None
    assert health.status is HealthStatus.HEALTHY


async def test_one_that_becomes_unhealthy(scene: Scene) -> None:
    scene.probes.answers = [ProbeResult(1, "no database")] * 1000
    with pytest.raises(NotHealthy) as raised:
        await scene.daemon.await_health()(
            await scene.running(spec=replace(SLEEPING, healthcheck=check(0.001)))
        )
    assert list(raised.value.fields().values()) == ["web", "unhealthy", "no database", "2"]


async def test_while_the_runtime_is_down_no_probe_says_anything(scene: Scene) -> None:
    down = Unavailable("container runtime", "", "reported", "down")
    scene.world.runtime.fail("probe", down, times=3)
    scene.probes.answers = [ProbeResult(0, "well")]
    await scene.daemon.await_health()(await scene.running(spec=replace(SLEEPING, healthcheck=check(0.001))))
    health = (await scene.daemon.lookup().find("web")).health
    assert health is not None
    assert [probe.output for probe in health.probes] == ["well"]


async def test_one_that_ends_before_it_is_healthy(scene: Scene) -> None:
    scene.probes.answers = [ProbeResult(1, "not yet")]
    waiting = asyncio.create_task(
        scene.daemon.await_health()(await scene.running(spec=replace(SLEEPING, healthcheck=check(60))))
    )
    await until(lambda: not scene.probes.answers)
    scene.end(7)
    with pytest.raises(NotHealthy) as raised:
        await waiting
    assert list(raised.value.fields().values()) == ["web", "ended", "not yet", "7"]
