"""What every ContainerExits and every ProcessSignals does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import pytest

from application.ports.runtime import ContainerExits, ProcessSignals
from domain.container import ContainerState
from domain.errors import NotFound
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID

KILL, USER = 9, 10


@dataclass(frozen=True)
class Ends:
    """Containers, signals to them, and how their ends are told."""

    runtimes: Runtimes
    exits: ContainerExits
    signals: ProcessSignals


@asynccontextmanager
async def watching(exits: ContainerExits) -> AsyncIterator[AsyncIterator[str]]:
    """A watch that stands: its first word was the gap."""
    async with aclosing(exits.watch()) as told:
        assert await asyncio.wait_for(anext(told), 10) == ""
        yield told


async def hear(told: AsyncIterator[str], runtime_id: str) -> None:
    """Read on until this end is told: others' may be, too."""
    async with asyncio.timeout(10):
        async for ended in told:
            if ended == runtime_id:
                return


class ContainerExitsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Ends:
        raise NotImplementedError

    async def test_each_end_is_told_from_the_first_word_on(self, subject: Ends) -> None:
        running = [await subject.runtimes.start(*SLEEP) for _ in range(3)]
        for runtime_id in running:
            async with watching(subject.exits) as told:
                await subject.signals.signal(runtime_id, KILL)
                await hear(told, runtime_id)
            assert (await subject.runtimes.ended(runtime_id)).exit is not None

    async def test_one_that_ends_by_itself_is_told(self, subject: Ends) -> None:
        async with watching(subject.exits) as told:
            await hear(told, await subject.runtimes.start("sh", "-c", "exit 3"))

    async def test_one_that_is_stopped_is_told(self, subject: Ends) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        async with watching(subject.exits) as told:
            await subject.runtimes.containers.stop(runtime_id, 0)
            await hear(told, runtime_id)

    async def test_all_who_watch_are_told(self, subject: Ends) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        async with watching(subject.exits) as first, watching(subject.exits) as second:
            await subject.signals.signal(runtime_id, KILL)
            await asyncio.gather(hear(first, runtime_id), hear(second, runtime_id))

    async def test_one_that_runs_is_not_told(self, subject: Ends) -> None:
        running, ending = [await subject.runtimes.start(*SLEEP) for _ in range(2)]
        async with watching(subject.exits) as told:
            await subject.signals.signal(ending, KILL)
            async with asyncio.timeout(10):
                async for ended in told:
                    assert ended != running
                    if ended == ending:
                        break


class ProcessSignalsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Ends:
        raise NotImplementedError

    async def test_a_kill_ends_it_and_others_do_not_know(self, subject: Ends) -> None:
        killed, other = [await subject.runtimes.start(*SLEEP) for _ in range(2)]
        await subject.signals.signal(killed, KILL)
        state = await subject.runtimes.ended(killed)
        assert state.exit is not None
        assert state.exit.code == 128 + KILL
        assert (await subject.runtimes.containers.status(other)).state is ContainerState.RUNNING

    async def test_a_first_process_ignores_what_it_has_no_answer_to(self, subject: Ends) -> None:
        runtime_id = await subject.runtimes.start(*SLEEP)
        for _ in range(2):
            await subject.signals.signal(runtime_id, USER)
        assert (await subject.runtimes.containers.status(runtime_id)).state is ContainerState.RUNNING

    @pytest.mark.parametrize("number", [KILL, USER])
    async def test_what_has_ended_or_never_was_is_not_found(self, subject: Ends, number: int) -> None:
        ended = await subject.runtimes.start("sh", "-c", "exit 0")
        await subject.runtimes.ended(ended)
        for runtime_id in (await subject.runtimes.create(*SLEEP), ended, UNKNOWN_ID):
            with pytest.raises(NotFound) as raised:
                await subject.signals.signal(runtime_id, number)
            assert raised.value.fields() == {"kind": "container", "reference": runtime_id}
