"""`image inspect`: show an image."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.images import ImageStore
from domain.image import Image


@dataclass(frozen=True)
class InspectImage:
    """`image inspect`."""

    image_store: ImageStore

    async def __call__(self, reference: str) -> Image:
        """The image that `reference` names. Raises NotFound, AmbiguousReference, InvalidArgument."""
        return await self.image_store.find(reference)
