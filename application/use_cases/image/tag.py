"""`tag`: give an image more names."""

from __future__ import annotations

from application.ports.images import ImageStore
from application.support.events import Events
from domain.errors import InvalidArgument
from domain.events import IMAGE
from domain.image import ImageReference


class TagImage:
    """`tag`; also pins an image under a name it has already."""

    def __init__(self, images: ImageStore, events: Events) -> None:
        self._events = events
        self._images = images

    async def __call__(self, image: str, references: tuple[str, ...], *, built: bool = False) -> None:
        """Give it every name or, if one of them cannot be read, none. Raises NotFound, InvalidArgument.

        With `built` the image has just been built.
        """
        names = [self._target(reference) for reference in references]
        found = await self._images.find(image)
        if built:
            called = names[0].familiar if names else found.id
            self._events.tell(IMAGE, "build", found.id, called, {"name": called})
        for name in names:
            await self._images.tag(found, name)
            self._events.tell(IMAGE, "tag", found.id, name.familiar, {"name": name.familiar})

    @staticmethod
    def _target(reference: str) -> ImageReference:
        name = ImageReference.parse(reference).tagged()
        if name.digest is not None:
            raise InvalidArgument("image reference", reference, "digest-as-tag")
        return name
