"""`inspect`: what a container was made from, and what the runtime knows of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.files import ContainerRoots
from application.ports.processes import ContainerPids
from application.ports.runtime import Interface, SandboxRuntime
from application.ports.state import VolumeStore
from domain.container import Container, ContainerRecord
from domain.errors import NotFound
from domain.volume import Mount, MountKind


@dataclass(frozen=True)
class ContainerDetails:
    """A container with what the runtime knows of it.

    `pid` is the first process's id on this machine, 0 if there is none; `interface` is empty without one.
    `sources` are the folders of the mounts in their order; `size` is in bytes.
    """

    container: Container
    pid: int
    interface: Interface
    sources: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class MeasureContainer:
    """Measures what a container has written to its root filesystem."""

    container_roots: ContainerRoots

    async def __call__(self, record: ContainerRecord) -> int:
        """The size in bytes, 0 before the first start. Raises NotFound if the container is removed meanwhile."""
        return await self.container_roots.size(record.runtime_id) if record.runtime_id else 0


@dataclass(frozen=True)
class InspectContainer:
    """`inspect`."""

    containers: Containers
    volume_store: VolumeStore
    sandboxes: SandboxRuntime
    pids: ContainerPids
    measure: MeasureContainer

    async def __call__(self, reference: str, *, size: bool) -> ContainerDetails:
        """The details of a container; its size is measured only with `size`.

        Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        record = await self.containers.record(reference)
        # What only a container that is up has is asked for beside its state, which takes as long.
        container, pid, interface, sources = await asyncio.gather(
            self.containers.state_of(record),
            self._pid(record),
            self._interface(record),
            self._sources(record),
        )
        is_up = container.active_attempt is not None
        return ContainerDetails(
            container,
            pid if is_up else 0,
            interface if is_up else Interface(),
            sources,
            await self.measure(record) if size else 0,
        )

    async def _pid(self, record: ContainerRecord) -> int:
        attempt = record.attempt
        return await self.pids.first(attempt.runtime_id) if attempt and not attempt.ended else 0

    async def _interface(self, record: ContainerRecord) -> Interface:
        attempt = record.attempt
        if attempt is None or attempt.ended or not record.spec.isolation.has_pod_network:
            return Interface()
        with suppress(NotFound):  # it has ended meanwhile
            return await self.sandboxes.interface(attempt.sandbox_id)
        return Interface()

    async def _sources(self, record: ContainerRecord) -> tuple[str, ...]:
        return tuple([await self._source(mount) for mount in record.spec.mounts])

    async def _source(self, mount: Mount) -> str:
        """The folder of this machine that is mounted, "" for a volume that no longer exists."""
        if mount.kind is not MountKind.VOLUME:
            return mount.source
        try:
            return (await self.volume_store.get(mount.source)).path
        except NotFound:
            return ""
