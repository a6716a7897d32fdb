"""`image inspect`: show an image."""

from __future__ import annotations

from application.ports.images import ImageStore
from domain.image import Image


class InspectImage:
    """`image inspect`."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images

    async def __call__(self, reference: str) -> Image:
        """The image that `reference` names. Raises NotFound, AmbiguousReference, InvalidArgument."""
        return await self._images.find(reference)
