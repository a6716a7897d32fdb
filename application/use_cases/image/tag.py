"""`tag`: add names to an image."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.images import ImageStore
from application.support.events import Events
from application.support.image_uses import ImageUses
from domain.errors import InvalidArgument
from domain.events import IMAGE
from domain.image import Image, ImageReference


@dataclass(frozen=True)
class TagImage:
    """`tag`; also pins an image under a name that it has already."""

    image_store: ImageStore
    uses: ImageUses
    events: Events

    async def __call__(self, image: str, references: tuple[str, ...], *, built: bool = False) -> None:
        """Add all names, or none if one of them cannot be read. Raises NotFound, InvalidArgument.

        `built` says that the image was built a moment ago, which emits the event of the build.
        """
        names = [self._target(reference) for reference in references]
        async with self.uses.using(lambda: self.image_store.find(image)) as found:
            await self._tag(found, names, built=built)

    async def _tag(self, found: Image, names: list[ImageReference], *, built: bool) -> None:
        if built:
            called = names[0].familiar if names else found.id
            self.events.emit(IMAGE, "build", found.id, called, {"name": called})
        for name in names:
            await self.image_store.tag(found, name)
            self.events.emit(IMAGE, "tag", found.id, name.familiar, {"name": name.familiar})

    @staticmethod
    def _target(reference: str) -> ImageReference:
        name = ImageReference.parse(reference).tagged()
        if name.digest is not None:
            raise InvalidArgument("image reference", reference, "digest-as-tag")
        return name
