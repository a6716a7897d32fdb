"""What every ContainerPauses, ContainerProbes and ContainerResources does to a container that runs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from application.ports.runtime import ContainerPauses, ContainerProbes, ContainerResources
from domain.errors import NotFound
from domain.names import new_id
from domain.spec import Resources


@dataclass(frozen=True)
class Running:
    """The three ports, and the runtime id of a container that runs `sleep`."""

    pauses: ContainerPauses
    probes: ContainerProbes
    resources: ContainerResources
    runtime_id: str


class RunningContainerContract:
    """Override `subject`."""

    @pytest.fixture
    async def subject(self) -> Running:
        raise NotImplementedError

    async def test_it_is_frozen_and_thawed(self, subject: Running) -> None:
        pauses = subject.pauses
        assert not await pauses.is_paused(subject.runtime_id)
        await pauses.pause(subject.runtime_id)
        assert await pauses.is_paused(subject.runtime_id)
        assert subject.runtime_id in await pauses.list()
        await pauses.resume(subject.runtime_id)
        await pauses.resume(subject.runtime_id)
        assert not await pauses.is_paused(subject.runtime_id)
        assert subject.runtime_id not in await pauses.list()

    async def test_what_is_unknown_is_not_frozen(self, subject: Running) -> None:
        unknown = new_id()
        assert not await subject.pauses.is_paused(unknown)
        with pytest.raises(NotFound):
            await subject.pauses.pause(unknown)
        with pytest.raises(NotFound):
            await subject.pauses.resume(unknown)

    async def test_probes_tell_how_they_ended(self, subject: Running) -> None:
        assert (await subject.probes.run(subject.runtime_id, ("true",), 10)).exit_code == 0
        assert (await subject.probes.run(subject.runtime_id, ("sh", "-c", "exit 3"), 10)).exit_code == 3
        unknown = await subject.probes.run(subject.runtime_id, ("/no/such/command",), 10)
        assert unknown.exit_code == -1
        assert unknown.output
        with pytest.raises(NotFound):
            await subject.probes.run(new_id(), ("true",), 10)

    async def test_limits_are_set_on_what_is_there(self, subject: Running) -> None:
        await subject.resources.update(subject.runtime_id, Resources(cpu_shares=512))
        with pytest.raises(NotFound):
            await subject.resources.update(new_id(), Resources(cpu_shares=512))
