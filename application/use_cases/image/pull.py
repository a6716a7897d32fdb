"""`pull`: download an image from a registry."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.ports.images import ImageRegistry, ImageStore
from application.support.events import Events
from domain.events import IMAGE
from domain.image import Credentials, ImageReference, TransferProgress


@dataclass(frozen=True)
class PullImage:
    """`pull`: a reference without tag and digest means `:latest`."""

    image_store: ImageStore
    registry: ImageRegistry
    events: Events

    async def __call__(
        self, reference: str, platform: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Progress as it comes; the last step is `downloaded`, or `up to date` where the name led there before.

        Raises InvalidArgument, NotFound, Unauthenticated, Unavailable.
        """
        wanted = ImageReference.parse(reference).tagged()
        before = await self._digest(wanted)
        async with aclosing(self.registry.pull(wanted, platform, credentials)) as steps:
            async for step in steps:
                yield step
        self.events.emit(IMAGE, "pull", str(wanted), wanted.familiar, {"name": wanted.familiar})
        after = await self._digest(wanted)
        yield TransferProgress("up to date" if before == after else "downloaded", after)

    async def _digest(self, name: ImageReference) -> str:
        """The digest that the name leads to, "" where it leads nowhere."""
        images = await self.image_store.list()
        return next((image.digest for image in images if name in image.references), "")
