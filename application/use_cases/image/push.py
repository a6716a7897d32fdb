"""`push`: send an image to a registry."""

from __future__ import annotations

from collections.abc import AsyncIterator

from application.ports.images import ImageRegistry, ImageStore
from application.support.events import Events
from domain.errors import InvalidArgument
from domain.events import IMAGE
from domain.image import Credentials, ImageReference, TransferProgress


class PushImage:
    """`push`."""

    def __init__(self, images: ImageStore, registry: ImageRegistry, events: Events) -> None:
        self._events = events
        self._images = images
        self._registry = registry

    async def __call__(
        self, reference: str, credentials: Credentials | None
    ) -> AsyncIterator[TransferProgress]:
        """Progress as it comes; the last has the status `done` and the image's digest as its name.

        Raises InvalidArgument, NotFound (not here), Unauthenticated, Unavailable.
        """
        wanted = ImageReference.parse(reference).tagged()
        if wanted.digest is not None:
            raise InvalidArgument("image reference", reference, "digest-as-target")
        image = await self._images.find(str(wanted))
        async for step in self._registry.push(wanted, credentials):
            yield step
        self._events.tell(IMAGE, "push", str(wanted), wanted.familiar, {"name": wanted.familiar})
        yield TransferProgress("done", image.digest)
