"""The image store: names in containerd's namespace `k8s.io`, stored as CRI stores them.

CRI knows an image by a name `sha256:<config digest>` beside its tags. k3c makes that name itself, before
the tags, and with CRI's labels. Without them, CRI's event handler makes a tag again if it is deleted within
milliseconds, and a left-over name keeps the content alive.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc

from adapters.containerd.errors import archive_error, translated
from adapters.containerd.images.content import ContentReader, Resolved
from adapters.containerd.images.imports import send_archive
from adapters.containerd.images.mapping import CRI_ID_PREFIX, EPOCH, stored_name
from adapters.containerd.images.names import LABELS, ImageNames, is_pinned
from adapters.containerd.images.platforms import own_platform, unpacks
from adapters.containerd.proto import images_pb2
from adapters.containerd.proto.transfer_types_pb2 import ImageStore
from adapters.containerd.proto.types_pb2 import Descriptor
from domain.errors import AmbiguousReference, InvalidArgument, NotFound
from domain.image import UNNAMED_REPOSITORY, Image, ImageConfig, ImageReference
from domain.names import SHORT_ID

_ID = re.compile(r"(?:sha256:)?[0-9a-f]{1,64}")


@dataclass(frozen=True)
class _Entry:
    """A name and the content that it leads to.

    `reference` is None for CRI's id and for a name that cannot be read.
    """

    name: str
    target: Descriptor
    content: Resolved
    reference: ImageReference | None
    pinned: bool

    @property
    def is_cri_id(self) -> bool:
        return self.name.startswith(CRI_ID_PREFIX)


class ContainerdImageStore:
    """application.ports.images.ImageStore.

    An image whose manifest is not in the store, so that its id cannot be known, has its target's digest as
    id.
    """

    def __init__(self, channel: grpc.aio.Channel, snapshotter: str) -> None:
        self._channel = channel
        self._snapshotter = snapshotter
        self._names = ImageNames(channel)
        self._reader = ContentReader(channel)

    async def list(self) -> tuple[Image, ...]:
        """Return all images, newest first; the names of an id are joined."""
        grouped: dict[str, list[_Entry]] = {}
        for entry in await self._entries():
            grouped.setdefault(entry.content.id, []).append(entry)
        images = [_image(entries) for entries in grouped.values()]
        return tuple(sorted(images, key=lambda image: (image.created_at, image.id), reverse=True))

    async def find(self, reference: str) -> Image:
        """Find the image with a name, an id or a prefix of an id."""
        name = _name(reference)
        images = await self.list()
        for image in images:
            if name is not None and _is_named(image, name):
                return image
        matches = [image for image in images if image.matches_id(reference)]
        if len(matches) > 1:
            shown = ", ".join(sorted(image.id.removeprefix(CRI_ID_PREFIX)[:SHORT_ID] for image in matches))
            raise AmbiguousReference("image", reference, shown)
        if not matches:
            raise NotFound("image", reference)
        return matches[0]

    async def tag(self, image: Image, reference: ImageReference) -> None:
        """Add a name to the image; a name that it has already is pinned. Raises NotFound if the image is gone."""
        same = [entry for entry in await self._entries() if entry.content.id == image.id]
        same.sort(key=lambda entry: (entry.target.digest != image.digest, entry.name != str(reference)))
        if not same:
            raise NotFound("image", image.id)
        await self._put((image.id, str(reference)), same[0].target, reference)

    async def pin(self, reference: ImageReference) -> None:
        """Label and pin an image that was just made under this name, as CRI does. Raises NotFound."""
        target = await self._names.target(str(reference))
        async with translated():
            content = None if target is None else await self._reader.read(target)
        if target is None or content is None or not content.whole:
            raise NotFound("image", reference.familiar)
        await self._put((content.id, str(reference)), target, reference)

    async def untag(self, reference: ImageReference, *, keep: bool = False) -> None:
        """Remove a name, and with the last name the id that CRI keeps, unless the image is to be kept."""
        entries = await self._entries()
        ours = next((entry for entry in entries if entry.name == str(reference)), None)
        if ours is None:
            raise NotFound("image", reference.familiar)
        same = [entry for entry in entries if entry.content.id == ours.content.id]
        is_last = all(entry.is_cri_id or entry is ours for entry in same)
        if is_last and keep:
            await self._names.put((ours.content.id,), ours.target)
        await self._delete(same if is_last and not keep else [ours])

    async def remove(self, image: Image) -> None:
        """Remove the names of an image, and the content that nothing else needs."""
        same = [entry for entry in await self._entries() if entry.content.id == image.id]
        ours = [entry for entry in same if entry.reference in image.references]
        has_others = any(entry.reference not in (None, *image.references) for entry in same)
        await self._delete(ours if has_others else same)

    async def load(self, archive: AsyncIterator[bytes], name: ImageReference) -> None:
        """Import an OCI layout with a single image under the name. Raises InvalidArgument for other archives.

        What `archive` raises ends the import and is raised as it is.
        """
        own = own_platform()
        # No extra reference beside the name: containerd lets those expire at once.
        store = ImageStore(
            name=str(name), labels=LABELS, platforms=[own], unpacks=unpacks(own, self._snapshotter)
        )
        async with self.undone_on_failure(name):
            try:
                await send_archive(self._channel, archive, store)
            except grpc.aio.AioRpcError as error:
                raise archive_error(error, name) from error
            try:
                await self.pin(name)
            except NotFound as error:
                raise InvalidArgument("image archive", name.familiar, "no-image-for-platform") from error

    @asynccontextmanager
    async def undone_on_failure(self, reference: ImageReference) -> AsyncIterator[None]:
        """Delete a name that did not exist before, should the block fail or be cancelled."""
        async with self._names.undone_on_failure(str(reference)):
            yield

    @asynccontextmanager
    async def complete(self, reference: ImageReference) -> AsyncIterator[tuple[str, Descriptor]]:
        """Give a name under which all content of the image is in the store, and its target, while the block runs.

        Of an index for several platforms usually a single platform was pulled. A registry refuses such an
        index, so the name is then that of the manifest. Raises NotFound.
        """
        async with translated():
            target = await self._names.target(str(reference))
            manifest = None if target is None else await self._reader.manifest(target)
            is_complete = target is not None and await self._reader.is_complete(target)
        if manifest is None:
            raise NotFound("image", reference.familiar)
        if target is not None and is_complete:
            yield str(reference), target
            return
        async with self._names.temporary(manifest.descriptor) as name:
            yield name, manifest.descriptor

    async def is_complete(self, reference: ImageReference) -> bool:
        """Return whether the image exists, and all that its index lists is in the store."""
        async with translated():
            target = await self._names.target(str(reference))
            return target is not None and await self._reader.is_complete(target)

    async def _put(self, names: tuple[str, ...], target: Descriptor, reference: ImageReference) -> None:
        """Have the names lead to the target. Raises NotFound if its content was collected before they did."""
        await self._names.put(names, target)
        async with translated():
            content = await self._reader.read(target)
        if content is None:
            for name in names:
                await self._names.delete(name)
            raise NotFound("image", reference.familiar)

    async def _delete(self, entries: Sequence[_Entry]) -> None:
        """Delete names, CRI's id last; the garbage is collected before the last deletion returns."""
        last_first = sorted(entries, key=lambda entry: entry.is_cri_id)
        for position, entry in enumerate(last_first, start=1):
            self._reader.forget(entry.target.digest)
            await self._names.delete(entry.name, sync=position == len(entries))

    async def _entries(self) -> tuple[_Entry, ...]:
        """Return every name, with the content that it leads to."""
        listed = await self._names.list()
        async with translated():
            return tuple([await self._entry(image) for image in listed])

    async def _entry(self, image: images_pb2.Image) -> _Entry:
        try:
            content = await self._reader.resolve(image.target)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            content = None  # collected while it was read: its name goes, or has gone
        if content is None:
            content = Resolved(image.target.digest, EPOCH, 0, ImageConfig(), "", whole=False)
        return _Entry(image.name, image.target, content, stored_name(image.name), _is_ours(image))


def _image(entries: Sequence[_Entry]) -> Image:
    """Join the names of an id."""
    content = entries[0].content
    names = {entry.reference for entry in entries if entry.reference is not None}
    named = next((entry for entry in entries if entry.reference is not None), entries[0])
    return Image(
        id=content.id,
        digest=named.target.digest,
        references=tuple(sorted(names, key=str)),
        created_at=content.created_at,
        size=content.size,
        config=content.config,
        platform=content.platform,
        blobs=content.blobs,
        pinned=any(entry.pinned for entry in entries),
    )


def _is_ours(image: images_pb2.Image) -> bool:
    return is_pinned(image) or image.name.startswith(f"{UNNAMED_REPOSITORY}@")


def _name(text: str) -> ImageReference | None:
    """Read what a user writes as a name; None if it can only be an id. Raises InvalidArgument if it is neither."""
    try:
        return ImageReference.parse(text).tagged()
    except InvalidArgument:
        if _ID.fullmatch(text):
            return None
        raise


def _is_named(image: Image, name: ImageReference) -> bool:
    """Return whether the image has the name, or its repository has the image under the name's digest."""
    if name in image.references:
        return True
    repositories = {reference.repository for reference in image.references}
    return name.digest == image.digest and name.repository in repositories
