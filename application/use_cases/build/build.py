"""`build`: build an image from a folder of the caller."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from application.ports.image_builder import CredentialsFor, ImageBuilder, ImagePins
from domain.build import BuildEvent, BuildRequest, BuildResult


@dataclass(frozen=True)
class BuildImage:
    """`build`: the builder makes the image, and it is pinned against a kubelet's garbage collection."""

    builder: ImageBuilder
    pins: ImagePins

    async def __call__(
        self, request: BuildRequest, credentials: CredentialsFor
    ) -> AsyncGenerator[BuildEvent, None]:
        """Progress as it comes, and one BuildResult last, when the image is pinned.

        Raises BuildFailed, NotFound, Unauthenticated, Unavailable.
        """
        async with aclosing(self.builder.build(request, credentials)) as events:
            async for event in events:
                if isinstance(event, BuildResult):
                    await self.pins.pin(event.image_id, request.tags)
                yield event
