"""`inspect`: what a container was made from, and what the runtime knows of it."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.files import ContainerRoots
from application.ports.processes import ContainerPids
from application.ports.runtime import SandboxRuntime
from application.ports.state import VolumeStore
from domain.container import Container, ContainerRecord
from domain.errors import NotFound
from domain.volume import Mount, MountKind


@dataclass(frozen=True)
class ContainerDetails:
    """A container with what the runtime knows of it.

    `pid` is the first process's id on this machine, 0 if there is none; `address` is "" without one.
    `sources` are the folders of the mounts in their order; `size` is in bytes.
    """

    container: Container
    pid: int
    address: str
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
        container = await self.containers.find(reference)
        record = container.record
        attempt = container.active_attempt
        return ContainerDetails(
            container,
            await self.pids.first(attempt.runtime_id) if attempt else 0,
            await self.sandboxes.address(attempt.sandbox_id)
            if attempt and record.spec.isolation.has_pod_network
            else "",
            tuple([await self._source(mount) for mount in record.spec.mounts]),
            await self.measure(record) if size else 0,
        )

    async def _source(self, mount: Mount) -> str:
        """The folder of this machine that is mounted, "" for a volume that no longer exists."""
        if mount.kind is not MountKind.VOLUME:
            return mount.source
        try:
            return (await self.volume_store.get(mount.source)).path
        except NotFound:
            return ""
