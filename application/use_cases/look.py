"""Looking at containers: what they were made from, what runs in them, and what they use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from application.containers import Containers
from application.ports.images import ImageStore
from application.ports.looking import (
    ContainerPids,
    ContainerRoots,
    HostProcesses,
    Sample,
)
from application.ports.runtime import SandboxRuntime
from application.ports.state import VolumeStore
from domain.container import Container, ContainerRecord
from domain.errors import Conflict, NotFound
from domain.image import Image
from domain.volume import MountKind

_INTERVAL = 1.0
_PS = ("-ef",)


@dataclass(frozen=True)
class ContainerDetails:
    """A container, and what the runtime knows of it; `sources` are the folders of its mounts, in their order."""

    container: Container
    pid: int
    address: str
    sources: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Usage:
    """What a container uses; `cpu` is in processors since the look before, None of `sample` for one that is down."""

    record: ContainerRecord
    sample: Sample | None
    cpu: float = 0.0


class MeasureContainer:
    """What a container has written to its root file system, in bytes; 0 before its first start."""

    def __init__(self, roots: ContainerRoots) -> None:
        self._roots = roots

    async def __call__(self, record: ContainerRecord) -> int:
        """Raises NotFound if it is removed meanwhile."""
        if record.attempt is None or not record.attempt.runtime_id:
            return 0
        return await self._roots.size(record.attempt.runtime_id)


class InspectThings:
    """`inspect`."""

    def __init__(
        self,
        containers: Containers,
        images: ImageStore,
        volumes: VolumeStore,
        sandboxes: SandboxRuntime,
        pids: ContainerPids,
        measure: MeasureContainer,
    ) -> None:
        self._containers = containers
        self._images = images
        self._volumes = volumes
        self._sandboxes = sandboxes
        self._pids = pids
        self._measure = measure

    async def container(self, reference: str, *, size: bool) -> ContainerDetails:
        """Everything about a container. Raises NotFound, AmbiguousReference, InvalidArgument."""
        container = await self._containers.find(reference)
        record = container.record
        folders = {volume.name: volume.path for volume in await self._volumes.list()}
        sources = tuple(
            folders.get(mount.source, "") if mount.kind is MountKind.VOLUME else mount.source
            for mount in record.spec.mounts
        )
        attempt = record.attempt
        if attempt is None or not attempt.runtime_id:
            return ContainerDetails(container, 0, "", sources, 0)
        up = container.has_process
        return ContainerDetails(
            container,
            await self._pids.first(attempt.runtime_id) if up else 0,
            await self._sandboxes.address(attempt.sandbox_id)
            if up and record.spec.isolation.has_pod_network
            else "",
            sources,
            await self._measure(record) if size else 0,
        )

    async def image(self, reference: str) -> Image:
        """An image. Raises NotFound, AmbiguousReference, InvalidArgument."""
        return await self._images.find(reference)


class ShowProcesses:
    """`top`."""

    def __init__(self, containers: Containers, pids: ContainerPids, processes: HostProcesses) -> None:
        self._containers = containers
        self._pids = pids
        self._processes = processes

    async def __call__(
        self, reference: str, options: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Titles and rows of ps. Raises NotFound, Conflict (it does not run), InvalidArgument."""
        container = await self._containers.find(reference)
        if not container.has_process or container.record.attempt is None:
            raise Conflict("container", container.record.name, "it is not running")
        pids = await self._pids.all(container.record.attempt.runtime_id)
        return await self._processes.table(options or _PS, pids)


class WatchUsage:
    """`stats`."""

    def __init__(self, containers: Containers, pids: ContainerPids, processes: HostProcesses) -> None:
        self._containers = containers
        self._pids = pids
        self._processes = processes

    async def __call__(
        self, references: tuple[str, ...], *, everything: bool, once: bool
    ) -> AsyncGenerator[tuple[Usage, ...], None]:
        """A look a second at the named containers, or at those that run (all, with `everything`).

        Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        named = frozenset([(await self._containers.record(one)).id for one in references])
        before: dict[str, Sample] = {}
        looked = False
        while True:
            found = await self._containers.all()
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
        attempt = container.record.attempt
        if not container.has_process or attempt is None:
            return None
        pid = await self._pids.first(attempt.runtime_id)
        try:
            return await self._processes.usage(pid) if pid else None
        except NotFound:
            return None


def _cpu(before: Sample | None, now: Sample | None) -> float:
    if before is None or now is None or now.at <= before.at:
        return 0.0
    return max(0.0, (now.cpu - before.cpu) / (now.at - before.at))
