"""`rmi`: remove names of images, and images."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.images import ImageStore
from application.support.events import Events
from application.support.image_uses import ImageUses
from domain.container import Container
from domain.errors import Conflict, InUse, InvalidArgument
from domain.events import IMAGE
from domain.image import Image, ImageReference

Removed = tuple[tuple[str, ...], tuple[str, ...]]
"""Names that were untagged, and ids that were deleted."""


@dataclass(frozen=True)
class RemoveImage:
    """`rmi`."""

    image_store: ImageStore
    containers: Containers
    uses: ImageUses
    events: Events

    async def __call__(self, reference: str, *, force: bool) -> Removed:
        """Remove a name, and the image with its last name.

        By id all names are removed, which needs `force` if there are several. Without `force`, the last name of an
        image that a container was made from is refused with InUse; with `force` the name alone is removed then. By
        id, `force` removes the image of stopped containers, never that of running ones. Raises NotFound, Conflict.
        """
        found = await self.image_store.find(reference)
        async with self.uses.removing(found.id):
            image = await self.image_store.find(reference)
            if image.id != found.id:
                raise Conflict("image", reference, "changed-meanwhile")
            names = names_meant(image, reference)
            if names and set(names) != set(image.references):
                return await self._untag(image, names)
            if not names and len(image.references) > 1 and not force:
                raise Conflict("image", reference, "several-names")
            users = await self._users(image)
            if users and names and force:
                return await self._untag(image, names)
            running = [user for user in users if user.state.is_up]
            if running or (users and not force):
                raise InUse("image", reference, (running or users)[0].record.name)
            return await self._remove(image, reference)

    async def if_unused(self, image: Image) -> Removed | None:
        """Remove the image with the names that it was found with; None if a container uses it by now."""
        async with self.uses.removing(image.id):
            records = await self.containers.container_store.list()
            is_used = any(record.image_id == image.id for record in records)
            return None if is_used else await self._remove(image, image.id)

    async def _untag(self, image: Image, names: tuple[ImageReference, ...]) -> Removed:
        for name in names:
            await self.image_store.untag(name, keep=True)
            self.events.emit(IMAGE, "untag", image.id, name.familiar, {"name": name.familiar})
        return tuple(name.familiar for name in names), ()

    async def _remove(self, image: Image, reference: str) -> Removed:
        await self.image_store.remove(image)
        for name in image.references:
            self.events.emit(IMAGE, "untag", image.id, name.familiar, {"name": name.familiar})
        self.events.emit(IMAGE, "delete", image.id, reference, {"name": reference})
        return tuple(name.familiar for name in image.references), (image.id,)

    async def _users(self, image: Image) -> list[Container]:
        return [user for user in await self.containers.all() if user.record.image_id == image.id]


def names_meant(image: Image, reference: str) -> tuple[ImageReference, ...]:
    """The names of the image that `reference` means, none if it is an id.

    `repository@digest` means the repository's names, should the image not be stored under the digest itself.
    """
    try:
        name = ImageReference.parse(reference).tagged()
    except InvalidArgument:
        return ()
    if name in image.references:
        return (name,)
    if name.digest != image.digest:
        return ()
    return tuple(one for one in image.references if one.repository == name.repository)
