"""Seeds in plain folders."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class FakeSeeds:
    """Seeds over images whose root is the folder `image`; a seed is found by comparing with it."""

    def __init__(self, folder: Path, image: Path) -> None:
        self._folder = folder
        self._image = image

    @asynccontextmanager
    async def opened(self, container_id: str, image_id: str) -> AsyncIterator[str]:
        """A copy of the image, of which what differs afterwards is kept."""
        assert image_id
        merged, seed = self._folder / container_id / "merged", self._folder / container_id / "seed"
        if not merged.exists():
            shutil.copytree(self._image, merged)
        seed.mkdir(exist_ok=True)
        yield str(merged)
        for path in merged.rglob("*"):
            if path.is_file() and not self._is_in_image(path, merged):
                kept = seed / path.relative_to(merged)
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, kept)

    def _is_in_image(self, path: Path, merged: Path) -> bool:
        original = self._image / path.relative_to(merged)
        return original.is_file() and original.read_bytes() == path.read_bytes()

    async def changes(self, container_id: str, image_id: str) -> tuple[tuple[str, str], ...]:
        """All that the seed has."""
        assert image_id
        seed = self._folder / container_id / "seed"
        inside = sorted(path.relative_to(seed) for path in seed.rglob("*"))
        return tuple(("C" if (self._image / path).exists() else "A", f"/{path}") for path in inside)

    async def content(self, container_id: str) -> str:
        """Its folder."""
        seed = self._folder / container_id / "seed"
        return str(seed) if seed.is_dir() else ""

    async def remove(self, container_id: str) -> None:
        """Remove both folders."""
        shutil.rmtree(self._folder / container_id, ignore_errors=True)
