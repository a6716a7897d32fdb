"""`stats`: the resource usage of containers."""

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
    """What a container uses.

    `cpu` is the number of processors in use since the previous sample. `sample` is None for a container that
    does not run.
    """

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
        """The usage of containers, once a second; with `once` a single time, after two samples.

        The containers are those named, or those that run, or all with `everything`. Raises NotFound,
        AmbiguousReference, InvalidArgument.
        """
        named = frozenset([(await self.containers.record(reference)).id for reference in references])
        before: dict[str, Sample] = {}
        sampled = False
        while True:
            chosen = [
                container
                for container in await self.containers.all()
                if (container.record.id in named if named else everything or container.has_process)
            ]
            samples = await asyncio.gather(*(self._sample(container) for container in chosen))
            usages = tuple(
                Usage(container.record, sample, _cpu(before.get(container.record.id), sample))
                for container, sample in zip(chosen, samples, strict=True)
            )
            before = {
                container.record.id: sample
                for container, sample in zip(chosen, samples, strict=True)
                if sample is not None
            }
            if sampled or not once:
                yield usages
            if sampled and once:
                return
            sampled = True
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
