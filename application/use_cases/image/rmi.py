"""`rmi`: remove names of images, and images."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.images import ImageStore
from application.ports.state import ContainerStore
from application.support.events import Events
from domain.errors import Conflict, InUse, InvalidArgument
from domain.events import IMAGE
from domain.image import Image, ImageReference


@dataclass(frozen=True)
class RemoveImage:
    """`rmi`."""

    image_store: ImageStore
    container_store: ContainerStore
    events: Events

    async def __call__(self, reference: str, *, force: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Remove a name, and the image with its last name; returns (names untagged, ids deleted).

        By id all names are removed, which needs `force` if there are several. Raises NotFound, InUse (without
        `force`, for the last name of an image that a container was made from), Conflict.
        """
        image = await self.image_store.find(reference)
        named = self._name_meant(image, reference)
        if named is not None and len(image.references) > 1:
            await self.image_store.untag(named)
            self.events.emit(IMAGE, "untag", image.id, named.familiar, {"name": named.familiar})
            return (named.familiar,), ()
        if len(image.references) > 1 and not force:
            raise Conflict("image", reference, "several-names")
        if not force:
            await self._check_unused(image, reference)
        await self.image_store.remove(image)
        for name in image.references:
            self.events.emit(IMAGE, "untag", image.id, name.familiar, {"name": name.familiar})
        self.events.emit(IMAGE, "delete", image.id, reference, {"name": reference})
        return tuple(name.familiar for name in image.references), (image.id,)

    @staticmethod
    def _name_meant(image: Image, reference: str) -> ImageReference | None:
        """The name of the image that `reference` is, None if it is an id."""
        try:
            name = ImageReference.parse(reference).tagged()
        except InvalidArgument:
            return None
        return name if name in image.references else None

    async def _check_unused(self, image: Image, reference: str) -> None:
        for record in await self.container_store.list():
            if record.image_id == image.id:
                raise InUse("image", reference, record.name)
