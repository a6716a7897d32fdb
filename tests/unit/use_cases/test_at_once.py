"""What a user wants now happens now, whatever else waits for the container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from application.ports.logs import LogChunk, LogQuery
from domain.errors import NotFound
from domain.restart import Backoff
from tests.unit.fakes.wired import put_image, running_loops, until
from tests.unit.use_cases.test_lifecycle import Scene


async def test_a_removal_by_force_does_not_wait_for_a_stop() -> None:
    scene = Scene()
    await put_image(scene.world.images)
    await scene.running("always")
    runtime = scene.world.runtime
    stops = runtime.hold("stop")
    runtime.listeners.append(lambda _: stops.open())  # a stop ends when the process does
    stopping = asyncio.create_task(scene.daemon.stop()("web", 1000))
    await stops.reached.wait()
    await scene.daemon.remove()("web", force=True)
    assert not scene.world.state.records
    await stopping


@pytest.mark.parametrize("verb", ["stop", "kill", "remove"])
async def test_who_waits_for_a_restart_that_is_called_off_is_told_at_once(verb: str) -> None:
    scene = Scene()
    scene.daemon.backoff.override(Backoff(timedelta(seconds=1000)))
    await put_image(scene.world.images)
    async with running_loops(scene.daemon):
        await scene.running("always")
        scene.end(1)
        await scene.again(2)
        scene.end(3)
        await until(lambda: scene.record.restarts.next_at is not None)
        waiting = asyncio.create_task(scene.daemon.wait()("web"))
        logs = scene.daemon.fetch_logs()("web", LogQuery(), follow=True)
        following = asyncio.create_task(_count(logs))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        assert not following.done()
        calls = {
            "stop": lambda: scene.daemon.stop()("web"),
            "kill": lambda: scene.daemon.kill()("web", 9),
            "remove": lambda: scene.daemon.remove()("web", force=True),
        }
        await calls[verb]()
        async with asyncio.timeout(2):
            await following
            if verb == "remove":
                with pytest.raises(NotFound):
                    await waiting
            else:
                assert (await waiting).code == 3


async def _count(logs: AsyncGenerator[LogChunk, None]) -> int:
    return len([chunk async for chunk in logs])
