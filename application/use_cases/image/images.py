"""`images`: list images."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.images import ImageStore
from domain.filters import ImageFilters
from domain.image import Image, ImageReference

_ALL = ImageFilters()


@dataclass(frozen=True)
class ListImages:
    """`images`. `sandbox_image` is the image that sandboxes are made from, "" if it is not k3c's."""

    image_store: ImageStore
    sandbox_image: str

    async def __call__(self, filters: ImageFilters = _ALL) -> tuple[Image, ...]:
        """The images that a user may have made or pulled, newest first; the image of sandboxes is left out.

        Raises NotFound, AmbiguousReference, InvalidArgument for an image that a filter names.
        """
        anchors = {text: await self.image_store.find(text) for text in filters.anchors}
        hidden = {ImageReference.parse(self.sandbox_image)} if self.sandbox_image else set()
        shown = (
            image
            for image in await self.image_store.list()
            if not image.references or set(image.references) - hidden
        )
        return filters.apply(shown, anchors)
