"""`stats`: what containers use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.processes import ContainerPids, HostProcesses, Sample
from domain.container import Container, ContainerRecord
from domain.errors import NotFound

_INTERVAL = 1.0


@dataclass(frozen=True)
class Usage:
    """What a container uses; `cpu` is in processors since the look before, None of `sample` for one that is down."""

    record: ContainerRecord
    sample: Sample | None
    cpu: float = 0.0


@dataclass(frozen=True)
class WatchUsage:
    """`stats`."""

    containers: Containers
    pids: ContainerPids
    host_processes: HostProcesses

    async def __call__(
        self, references: tuple[str, ...], *, everything: bool, once: bool
    ) -> AsyncGenerator[tuple[Usage, ...], None]:
        """A look a second at the named containers, or at those that run (all, with `everything`).

        Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        named = frozenset([(await self.containers.record(one)).id for one in references])
        before: dict[str, Sample] = {}
        looked = False
        while True:
            found = await self.containers.all()
            chosen = [
                one for one in found if (one.record.id in named if named else everything or one.has_process)
            ]
            samples = await asyncio.gather(*(self._sample(one) for one in chosen))
            usages = tuple(
                Usage(one.record, sample, _cpu(before.get(one.record.id), sample))
                for one, sample in zip(chosen, samples, strict=True)
            )
            before = {
                one.record.id: sample
                for one, sample in zip(chosen, samples, strict=True)
                if sample is not None
            }
            if looked or not once:
                yield usages
            if looked and once:
                return
            looked = True
            await asyncio.sleep(_INTERVAL)

    async def _sample(self, container: Container) -> Sample | None:
        attempt = container.active_attempt
        if attempt is None:
            return None
        pid = await self.pids.first(attempt.runtime_id)
        try:
            return await self.host_processes.usage(pid) if pid else None
        except NotFound:
            return None


def _cpu(before: Sample | None, now: Sample | None) -> float:
    if before is None or now is None or now.at <= before.at:
        return 0.0
    return max(0.0, (now.cpu - before.cpu) / (now.at - before.at))
