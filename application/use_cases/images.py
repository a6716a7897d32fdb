"""Images: listing, naming and removing them, and their way to and from registries."""

from __future__ import annotations

from collections.abc import AsyncIterator

from application.events import Events
from application.ports.images import ImageRegistry, ImageStore
from application.ports.state import ContainerStore
from domain.errors import Conflict, InUse, InvalidArgument
from domain.events import IMAGE
from domain.filters import ImageFilters
from domain.image import Credentials, Image, ImageReference, TransferProgress

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


class PullImage:
    """`pull`: a reference without tag and digest means `:latest`."""

    def __init__(self, images: ImageStore, registry: ImageRegistry, events: Events) -> None:
        self._events = events
        self._images = images
        self._registry = registry

    async def __call__(
        self, reference: str, platform: str, credentials: Credentials | None
    ) -> AsyncIterator[TransferProgress]:
        """Progress as it comes; the last has the status `done` and the image's digest as its name.

        Raises InvalidArgument, NotFound, Unauthenticated, Unavailable.
        """
        wanted = ImageReference.parse(reference).tagged()
        async for step in self._registry.pull(wanted, platform, credentials):
            yield step
        self._events.tell(IMAGE, "pull", str(wanted), wanted.familiar, {"name": wanted.familiar})
        yield TransferProgress("done", (await self._images.find(str(wanted))).digest)


class PushImage:
    """`push`."""

    def __init__(self, images: ImageStore, registry: ImageRegistry, events: Events) -> None:
        self._events = events
        self._images = images
        self._registry = registry

    async def __call__(
        self, reference: str, credentials: Credentials | None
    ) -> AsyncIterator[TransferProgress]:
        """Progress as it comes; the last has the status `done` and the image's digest as its name.

        Raises InvalidArgument, NotFound (not here), Unauthenticated, Unavailable.
        """
        wanted = ImageReference.parse(reference).tagged()
        if wanted.digest is not None:
            raise InvalidArgument("image reference", reference, "a digest cannot be pushed to: name a tag")
        image = await self._images.find(str(wanted))
        async for step in self._registry.push(wanted, credentials):
            yield step
        self._events.tell(IMAGE, "push", str(wanted), wanted.familiar, {"name": wanted.familiar})
        yield TransferProgress("done", image.digest)


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
            raise InvalidArgument("image reference", reference, "a tag's name cannot hold a digest")
        return name


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
            raise Conflict("image", reference, "it has several names: remove them one by one, or use --force")
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
