"""What was copied into containers before their first start: folders that overlayfs lays over their images."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.containerd.proto.types_pb2 import Mount
from adapters.containerd.snapshots.container_roots import changed_paths
from adapters.containerd.snapshots.image_roots import ContainerdImageRoots
from adapters.containerd.snapshots.mounting import mounted

_UPPER, _WORK = "upper", "work"


class OverlaySeeds:
    """application.ports.files.Seeds in `folder`, which outlasts reboots; the overlays are mounted in `mounts`."""

    def __init__(self, images: ContainerdImageRoots, folder: str, mounts: str) -> None:
        self._images = images
        self._folder = Path(folder)
        self._mounts = Path(mounts)

    @asynccontextmanager
    async def opened(self, container_id: str, image_id: str) -> AsyncIterator[str]:
        """Mount the seed over the image's root."""
        place = self._folder / container_id
        async with self._images.opened(image_id) as lower:
            for part in (_UPPER, _WORK):
                await asyncio.to_thread((place / part).mkdir, parents=True, exist_ok=True)
            options = (f"lowerdir={lower}", f"upperdir={place / _UPPER}", f"workdir={place / _WORK}")
            overlay = Mount(type="overlay", source="overlay", options=options)
            merged = self._mounts / f"k3c-seed-{secrets.token_hex(8)}"
            async with mounted([overlay], merged, read_only=False) as root:
                yield root

    async def changes(self, container_id: str, image_id: str) -> tuple[tuple[str, str], ...]:
        """Read the changes from the upper folder."""
        content = await self.content(container_id)
        if not content:
            return ()
        async with self._images.opened(image_id) as lower:
            return await asyncio.to_thread(lambda: changed_paths(Path(content), [Path(lower)], set()))

    async def content(self, container_id: str) -> str:
        """Return the upper folder."""
        upper = self._folder / container_id / _UPPER
        return str(upper) if await asyncio.to_thread(upper.is_dir) else ""

    async def remove(self, container_id: str) -> None:
        """Remove the seed's folders."""
        place = self._folder / container_id
        await asyncio.to_thread(lambda: shutil.rmtree(place, ignore_errors=not place.exists()))
