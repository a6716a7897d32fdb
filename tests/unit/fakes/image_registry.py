"""Registries in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from domain.errors import NotFound, Unauthenticated, Unavailable
from domain.image import Credentials, Image, ImageReference, TransferProgress
from tests.unit.fakes.faults import Faults
from tests.unit.fakes.image_store import FakeImageStore


class FakeImageRegistry:
    """ImageRegistry between a FakeImageStore and `remote`, the images of all registries by name.

    `locked` are the credentials that registries want, `down` those that do not answer. Failures: "pull",
    "push", met at the start. `slow` stands still in the middle of a transfer until it is set.
    """

    def __init__(self, store: FakeImageStore) -> None:
        self.store = store
        self.remote: dict[ImageReference, Image] = {}
        self.locked: dict[str, Credentials] = {}
        self.down: set[str] = set()
        self.faults = Faults()
        self.slow: asyncio.Event | None = None
        self.credentials_seen: list[Credentials | None] = []

    async def pull(
        self, reference: ImageReference, platform: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """From `remote` into the store."""
        async with self.faults.call("pull"):
            self._enter(reference, credentials)
            image = self._at_registry(reference)
        if image is None or (platform and platform != image.platform):
            raise NotFound("image", reference.familiar)
        for step in self._steps(image, "downloading"):
            yield step
        await self._stand_still()
        self.store.put(image, reference)

    async def push(
        self, reference: ImageReference, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """From the store to `remote`."""
        async with self.faults.call("push"):
            image = self.store.holder(reference)
            if image is None:
                raise NotFound("image", reference.familiar)
            self._enter(reference, credentials)
        for step in self._steps(image, "uploading"):
            yield step
        await self._stand_still()
        self.remote[reference] = image
        yield TransferProgress("pushed", image.digest, total=image.size)

    def _enter(self, reference: ImageReference, credentials: Credentials | None) -> None:
        self.credentials_seen.append(credentials)
        if reference.registry in self.down:
            raise Unavailable("registry", reference.registry, "refused")
        wanted = self.locked.get(reference.registry)
        if wanted is not None and wanted != credentials:
            raise Unauthenticated(reference.registry, "unauthorized")

    def _at_registry(self, reference: ImageReference) -> Image | None:
        if reference.digest is None:
            return self.remote.get(reference)
        same = (item for item in self.remote.items() if item[0].repository == reference.repository)
        return next((image for _, image in same if image.digest == reference.digest), None)

    @staticmethod
    def _steps(image: Image, status: str) -> tuple[TransferProgress, ...]:
        half = image.size // 2
        return tuple(
            TransferProgress(status, image.digest, done, image.size, "layer") for done in (half, image.size)
        )

    async def _stand_still(self) -> None:
        await asyncio.sleep(0)
        if self.slow is not None:
            await self.slow.wait()
