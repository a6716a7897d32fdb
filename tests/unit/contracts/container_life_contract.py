"""What every ContainerPauses, ContainerProbes and ContainerResources does."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from application.ports.runtime import ContainerPauses, ContainerProbes, ContainerResources, ProbeResult
from domain.container import ContainerState
from domain.errors import NotFound
from domain.health import exceeded
from domain.spec import Resources
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes
from tests.unit.contracts.sandbox_runtime_contract import UNKNOWN_ID


@dataclass(frozen=True)
class Lives:
    """Containers, and what can be done with those that run."""

    runtimes: Runtimes
    pauses: ContainerPauses
    probes: ContainerProbes
    resources: ContainerResources

    async def ended(self) -> str:
        """One that has ended."""
        runtime_id = await self.runtimes.start("sh", "-c", "exit 0")
        await self.runtimes.ended(runtime_id)
        return runtime_id


class ContainerPausesContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Lives:
        raise NotImplementedError

    async def test_frozen_and_thawed(self, subject: Lives) -> None:
        frozen, other = await subject.runtimes.start(*SLEEP), await subject.runtimes.start(*SLEEP)
        await subject.pauses.pause(frozen)
        assert await subject.pauses.is_paused(frozen)
        assert not await subject.pauses.is_paused(other)
        assert frozen in await subject.pauses.list()
        assert other not in await subject.pauses.list()
        assert (await subject.runtimes.containers.status(frozen)).state is ContainerState.RUNNING
        for _ in range(2):
            await subject.pauses.resume(frozen)
            assert not await subject.pauses.is_paused(frozen)
            assert frozen not in await subject.pauses.list()

    async def test_what_does_not_run_is_not_found(self, subject: Lives) -> None:
        for runtime_id in (await subject.ended(), UNKNOWN_ID):
            for call in (subject.pauses.pause, subject.pauses.resume):
                with pytest.raises(NotFound):
                    await call(runtime_id)
            assert not await subject.pauses.is_paused(runtime_id)


class ContainerProbesContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> Lives:
        raise NotImplementedError

    async def test_how_it_ended_and_what_it_wrote(self, subject: Lives) -> None:
        running = await subject.runtimes.start(*SLEEP)
        assert await subject.probes.run(running, ("sh", "-c", "exit 0"), 30) == ProbeResult(0, "")
        assert await subject.probes.run(running, ("sh", "-c", "exit 3"), 30) == ProbeResult(3, "")
        assert await subject.probes.run(running, ("echo", "all", "well"), 30) == ProbeResult(0, "all well\n")

    @pytest.mark.parametrize("timeout", [0.2, 1.0])
    async def test_one_that_takes_too_long(self, subject: Lives, timeout: float) -> None:
        running = await subject.runtimes.start(*SLEEP)
        result = await subject.probes.run(running, ("sleep", "1000"), timeout)
        assert result == ProbeResult(-1, exceeded(timeout))

    async def test_one_that_cannot_be_run(self, subject: Lives) -> None:
        running = await subject.runtimes.start(*SLEEP)
        result = await subject.probes.run(running, ("no-such-command",), 30)
        assert result == ProbeResult(-1, "no-such-command: cannot be executed")

    async def test_what_does_not_run_is_not_found(self, subject: Lives) -> None:
        for runtime_id in (await subject.ended(), UNKNOWN_ID):
            with pytest.raises(NotFound):
                await subject.probes.run(runtime_id, ("sh", "-c", "exit 0"), 30)


class ContainerResourcesContract:
    """Override `subject`. That limits reach the kernel is shown from inside a container, by the CLI's tests."""

    @pytest.fixture
    def subject(self) -> Lives:
        raise NotImplementedError

    async def test_limits_are_set_while_it_runs(self, subject: Lives) -> None:
        running = await subject.runtimes.start(*SLEEP)
        for resources in (Resources(memory=64 << 20), Resources(cpu_shares=512)):
            await subject.resources.update(running, resources)
        assert (await subject.runtimes.containers.status(running)).state is ContainerState.RUNNING

    async def test_what_is_unknown_is_not_found(self, subject: Lives) -> None:
        with pytest.raises(NotFound):
            await subject.resources.update(UNKNOWN_ID, Resources(cpu_shares=512))
