"""`push`: upload an image to a registry."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.ports.images import ImageRegistry, ImageStore
from application.support.events import Events
from domain.errors import InvalidArgument
from domain.events import IMAGE
from domain.image import Credentials, ImageReference, TransferProgress


@dataclass(frozen=True)
class PushImage:
    """`push`."""

    image_store: ImageStore
    registry: ImageRegistry
    events: Events

    async def __call__(
        self, reference: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Progress as it comes; the last step is `pushed`, with the manifest's digest and size.

        Raises InvalidArgument, NotFound (no such image on this machine), Unauthenticated, Unavailable.
        """
        wanted = ImageReference.parse(reference).tagged()
        if wanted.digest is not None:
            raise InvalidArgument("image reference", reference, "digest-as-target")
        await self.image_store.find(str(wanted))
        async with aclosing(self.registry.push(wanted, credentials)) as steps:
            async for step in steps:
                if step.is_last:
                    self.events.emit(IMAGE, "push", str(wanted), wanted.familiar, {"name": wanted.familiar})
                yield step
