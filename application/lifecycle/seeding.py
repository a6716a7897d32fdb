"""What users copy into containers before these are started."""

from __future__ import annotations

from application.ports.files import ContainerRoots, RootedFiles, Seeds
from domain.container import ContainerRecord


class Seeding:
    """Puts a container's seed into a fresh root."""

    def __init__(self, seeds: Seeds, roots: ContainerRoots, files: RootedFiles) -> None:
        self._seeds = seeds
        self._roots = roots
        self._files = files

    async def __call__(self, record: ContainerRecord, runtime_id: str) -> None:
        """Before its process starts. Raises RuntimeFailed."""
        content = await self._seeds.content(record.id)
        if content:
            async with self._roots.opened(runtime_id) as root:
                await self._files.unpack(root, "/", self._files.pack(content, "/", follow=False))
