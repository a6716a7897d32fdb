"""`rmi`: take names from images, and images away."""

from __future__ import annotations

from application.ports.images import ImageStore
from application.ports.state import ContainerStore
from application.support.events import Events
from domain.errors import Conflict, InUse, InvalidArgument
from domain.events import IMAGE
from domain.image import Image, ImageReference


class RemoveImage:
    """`rmi`."""

    def __init__(self, images: ImageStore, containers: ContainerStore, events: Events) -> None:
        self._events = events
        self._images = images
        self._containers = containers

    async def __call__(self, reference: str, *, force: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Take a name away, and the image with its last name; returns (names untagged, ids deleted).

        By id all names go, which wants `force` if there are several. Raises NotFound, InUse (a
        container was made from it and its last name would go, without `force`), Conflict.
        """
        image = await self._images.find(reference)
        named = self._name_meant(image, reference)
        if named is not None and len(image.references) > 1:
            await self._images.untag(named)
            self._events.tell(IMAGE, "untag", image.id, named.familiar, {"name": named.familiar})
            return (named.familiar,), ()
        if len(image.references) > 1 and not force:
            raise Conflict("image", reference, "several-names")
        if not force:
            await self._check_unused(image, reference)
        await self._images.remove(image)
        for name in image.references:
            self._events.tell(IMAGE, "untag", image.id, name.familiar, {"name": name.familiar})
        self._events.tell(IMAGE, "delete", image.id, reference, {"name": reference})
        return tuple(name.familiar for name in image.references), (image.id,)

    @staticmethod
    def _name_meant(image: Image, reference: str) -> ImageReference | None:
        """The name of the image that the reference is, None if it is its id."""
        try:
            name = ImageReference.parse(reference).tagged()
        except InvalidArgument:
            return None
        return name if name in image.references else None

    async def _check_unused(self, image: Image, reference: str) -> None:
        for record in await self._containers.list():
            if record.image_id == image.id:
                raise InUse("image", reference, record.name)
