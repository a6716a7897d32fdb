"""`image prune`: remove images that no container uses."""

from __future__ import annotations

from dataclasses import dataclass

from application.ports.state import ContainerStore
from application.use_cases.image.images import ListImages
from application.use_cases.image.rmi import RemoveImage
from domain.filters import ImageFilters
from domain.image import Image, freed


@dataclass(frozen=True)
class PrunedImages:
    """Names that were untagged, ids that were deleted, and the bytes of content that only those needed."""

    untagged: tuple[str, ...]
    deleted: tuple[str, ...]
    reclaimed: int


@dataclass(frozen=True)
class PruneImages:
    """`image prune`."""

    list_images: ListImages
    container_store: ContainerStore
    remove: RemoveImage

    async def __call__(self, filters: ImageFilters, *, named: bool, dry_run: bool) -> PrunedImages:
        """Remove the images without a name, and with `named` all, that k3c made and no container uses.

        A container that is stopped, or that is just being made, uses its image. With `dry_run` nothing is removed.
        Raises what listing raises; an image that is gone meanwhile is no error.
        """
        images = await self.list_images()
        used = {record.image_id for record in await self.container_store.list()}
        passing = {image.id for image in (await self.list_images(filters) if filters.pairs else images)}
        chosen = [
            image
            for image in images
            if image.pinned and image.id in passing - used and (named or not image.references)
        ]
        removed = chosen if dry_run else [image for image in chosen if await self._is_removed(image)]
        ids = {image.id for image in removed}
        return PrunedImages(
            tuple(name.familiar for image in removed for name in image.references),
            tuple(image.id for image in removed),
            freed(removed, (image for image in images if image.id not in ids)),
        )

    async def _is_removed(self, image: Image) -> bool:
        return await self.remove.if_unused(image) is not None
