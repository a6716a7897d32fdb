"""`inspect`: what a container was made from and what the runtime knows of it."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.files import ContainerRoots
from application.ports.images import ImageStore
from application.ports.processes import ContainerPids
from application.ports.runtime import SandboxRuntime
from application.ports.state import VolumeStore
from domain.container import Container, ContainerRecord
from domain.image import Image
from domain.volume import MountKind


@dataclass(frozen=True)
class ContainerDetails:
    """A container, and what the runtime knows of it; `sources` are the folders of its mounts, in their order."""

    container: Container
    pid: int
    address: str
    sources: tuple[str, ...]
    size: int


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
