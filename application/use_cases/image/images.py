"""`images`: list images."""

from __future__ import annotations

from application.ports.images import ImageStore
from domain.filters import ImageFilters
from domain.image import Image, ImageReference

_ALL = ImageFilters()


class ListImages:
    """`images`."""

    def __init__(self, images: ImageStore, sandbox_image: str) -> None:
        """`sandbox_image` is the name of the pods' own, "" where it is not k3c's."""
        self._images = images
        self._hidden = {ImageReference.parse(sandbox_image)} if sandbox_image else set()

    async def __call__(self, filters: ImageFilters = _ALL) -> tuple[Image, ...]:
        """Those a user may have made or pulled, newest first: not what pods themselves are made from.

        Raises NotFound, AmbiguousReference, InvalidArgument for an image that a filter names.
        """
        anchors = {text: await self._images.find(text) for text in filters.anchors}
        shown = (
            image
            for image in await self._images.list()
            if not image.references or set(image.references) - self._hidden
        )
        return filters.apply(shown, anchors)
