"""The files that users copy into containers before the first start."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.files import ContainerRoots, RootedFiles, Seeds
from domain.container import ContainerRecord


@dataclass(frozen=True)
class Seeding:
    """Puts a container's seed into the root of an attempt."""

    seeds: Seeds
    container_roots: ContainerRoots
    rooted_files: RootedFiles

    async def __call__(self, record: ContainerRecord, runtime_id: str) -> None:
        """Unpack the seed into a root whose process has not started. Raises RuntimeFailed."""
        content = await self.seeds.content(record.id)
        if content:
            async with self.container_roots.opened(runtime_id) as root:
                await self.rooted_files.unpack(root, "/", self.rooted_files.pack(content, "/", follow=False))
