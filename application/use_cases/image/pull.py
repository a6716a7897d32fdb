"""`pull`: fetch an image from a registry."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from application.ports.images import ImageRegistry, ImageStore
from application.support.events import Events
from domain.events import IMAGE
from domain.image import Credentials, ImageReference, TransferProgress


class PullImage:
    """`pull`: a reference without tag and digest means `:latest`."""

    def __init__(self, images: ImageStore, registry: ImageRegistry, events: Events) -> None:
        self._events = events
        self._images = images
        self._registry = registry

    async def __call__(
        self, reference: str, platform: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Progress as it comes; the last has the status `done` and the image's digest as its name.

        Raises InvalidArgument, NotFound, Unauthenticated, Unavailable.
        """
        wanted = ImageReference.parse(reference).tagged()
        async with aclosing(self._registry.pull(wanted, platform, credentials)) as steps:
            async for step in steps:
                yield step
        self._events.emit(IMAGE, "pull", str(wanted), wanted.familiar, {"name": wanted.familiar})
        yield TransferProgress("done", (await self._images.find(str(wanted))).digest)
