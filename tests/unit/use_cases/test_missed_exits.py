"""What is made of ends that the runtime missed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.container import Attempt, Container, ExitStatus
from domain.spec import ContainerSpec, RestartPolicy
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image, running_loops, until

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Scene:
    """A world, and the daemon in it, which may give way to another."""

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.daemon: Daemon = self.world.daemon()

    async def running(self, name: str = "web", restart: str = "no") -> str:
        """Start a container; its runtime id."""
        spec = replace(ContainerSpec(IMAGE, ("sleep", "100")), restart=RestartPolicy.parse(restart))
        record = await self.daemon.start()((await self.daemon.create()(spec, name)).id)
        assert record.attempt is not None
        return record.attempt.runtime_id

    async def ended_while_down(self, restart: str = "no", code: int = 7) -> str:
        """One that ended while the runtime was down, and was asked for before it was up again."""
        runtime_id = await self.running(restart=restart)
        with self.world.runtime.down():
            self.world.runtime.finish(runtime_id, code)
            await self.daemon.record_missed_exits()()
        return runtime_id

    async def found(self) -> Container:
        """How web is found."""
        return await self.daemon.lookup().find("web")

    @property
    def attempt(self) -> Attempt:
        """The current attempt of web."""
        (record,) = (one for one in self.world.state.records.values() if one.name == "web")
        assert record.attempt is not None
        return record.attempt


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    await put_image(scene.world.images)
    return scene


async def test_it_is_what_everybody_is_told(scene: Scene) -> None:
    runtime_id = await scene.ended_while_down()
    (listed,) = await scene.daemon.lookup().all()
    states = [listed, await scene.found()]
    assert [state.exit for state in states] == [scene.attempt.exit] * 2
    assert await scene.daemon.exits().wait(runtime_id) == scene.attempt.exit
    assert scene.attempt.exit is not None
    assert scene.attempt.exit.code == 7


async def test_what_nobody_saw_stays_unknown(scene: Scene) -> None:
    runtime_id = await scene.running()
    with scene.world.runtime.down():
        scene.world.runtime.finish(runtime_id, 7)
    await scene.daemon.record_missed_exits()()
    ended = (await scene.found()).exit
    assert ended is not None
    assert (ended.code, ended.missed) == (255, True)


async def test_it_is_not_forgotten_when_the_runtime_is_down_again(scene: Scene) -> None:
    await scene.ended_while_down()
    kept = scene.attempt.exit
    other = await scene.running("other")
    with scene.world.runtime.down():
        scene.world.runtime.finish(other, 3)
        await scene.daemon.record_missed_exits()()
    assert scene.attempt.exit == kept
    codes = {one.record.name: one.exit and one.exit.code for one in await scene.daemon.lookup().all()}
    assert codes == {"web": 7, "other": 3}


async def test_what_the_runtime_saw_is_what_it_says(scene: Scene) -> None:
    runtime_id = await scene.running()
    await scene.daemon.changes().keep_exit(runtime_id, ExitStatus(7, NOON))
    scene.world.runtime.finish(runtime_id, 3)
    ended = (await scene.found()).exit
    assert ended is not None
    assert ended.code == 3


async def test_those_whose_end_was_handled_are_not_asked_for(scene: Scene) -> None:
    runtime_id = await scene.ended_while_down()
    async with running_loops(scene.daemon):
        await until(lambda: scene.attempt.ended)
    with scene.world.runtime.down():
        scene.world.runtime.missed = {runtime_id: ExitStatus(9, NOON)}
        await scene.daemon.record_missed_exits()()
    assert scene.attempt.exit is not None
    assert scene.attempt.exit.code == 7


@pytest.mark.parametrize(
    ("restart", "code", "attempt"),
    [("on-failure", 7, 2), ("on-failure", 0, 1), ("always", 0, 2), ("no", 7, 1)],
)
async def test_policies_go_by_it(scene: Scene, restart: str, code: int, attempt: int) -> None:
    await scene.ended_while_down(restart, code)
    async with running_loops(scene.daemon):
        await until(lambda: scene.attempt.number == attempt and scene.attempt.ended == (attempt == 1))
    assert scene.attempt.number == attempt


async def test_one_that_is_removed_meanwhile(scene: Scene) -> None:
    runtime_id = await scene.running()
    other = await scene.running("other")
    with scene.world.runtime.down():
        for ended in (runtime_id, other):
            scene.world.runtime.finish(ended, 7)
        asked = scene.world.runtime.hold("find", after=True)
        recording = asyncio.create_task(scene.daemon.record_missed_exits()())
        await asked.reached.wait()
        del scene.world.state.records[next(iter(scene.world.state.records))]
        asked.open()
        await recording
    (record,) = scene.world.state.records.values()
    assert record.attempt is not None
    assert record.attempt.exit is not None
