"""Images that containers are being made from, and images that are being removed: never the same at one moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from domain.image import Image


class ImageUses:
    """Keeps `create` and the removal of an image apart, from the finding of the image until the record names it."""

    def __init__(self) -> None:
        self._users: Counter[str] = Counter()
        self._removing: set[str] = set()
        self._removals = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def using(self, find: Callable[[], Awaitable[Image]]) -> AsyncIterator[Image]:
        """Find an image that is not removed for the time of the block. Raises what `find` raises."""
        image = await self._found(find)
        try:
            yield image
        finally:
            self._users[image.id] -= 1
            if not self._users[image.id]:
                del self._users[image.id]
            await self._tell()

    @asynccontextmanager
    async def removing(self, image_id: str) -> AsyncIterator[None]:
        """Wait until nobody uses the image, and let nobody use it for the time of the block."""
        async with self._changed:
            await self._until_not_removed(image_id)
            self._removing.add(image_id)
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: not self._users[image_id])
            yield
        finally:
            self._removing.discard(image_id)
            self._removals += 1
            await self._tell()

    def is_used(self, image_id: str) -> bool:
        """Whether a container is being made from the image at this moment."""
        return self._users[image_id] > 0

    async def _found(self, find: Callable[[], Awaitable[Image]]) -> Image:
        """Find the image and count its user; what was found while images were removed is looked for again."""
        while True:
            before = self._removals
            image = await find()
            if image.id in self._removing:
                async with self._changed:
                    await self._until_not_removed(image.id)
            elif self._removals == before:
                self._users[image.id] += 1
                return image

    async def _until_not_removed(self, image_id: str) -> None:
        await self._changed.wait_for(lambda: image_id not in self._removing)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
