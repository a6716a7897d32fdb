"""Images in the local store, and their way to and from registries."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.image import Credentials, Image, ImageReference, TransferProgress


class ImageStore(Protocol):
    """The images that are here. Every image k3c makes or tags is pinned against a kubelet's GC."""

    async def list(self) -> tuple[Image, ...]:
        """All images, newest first, names that point at the same id joined into one Image.

        Dangling images (no name left but the store's own) have no references.
        """
        ...

    async def find(self, reference: str) -> Image:
        """The image a user means: a reference (`:latest` by default), an id, or a unique id prefix.

        A name wins over an id prefix. Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        ...

    async def tag(self, image: Image, reference: ImageReference) -> None:
        """Give the image one more name, taking the name from another image if need be. Idempotent."""
        ...

    async def untag(self, reference: ImageReference) -> None:
        """Take one name away and nothing else. Raises NotFound."""
        ...

    async def remove(self, image: Image) -> None:
        """Take every name and the content that nothing else needs away, before returning. Idempotent."""
        ...

    async def load(self, archive: AsyncIterator[bytes], name: ImageReference) -> None:
        """Import an OCI image layout tar of one image under `name`, pinned. Idempotent."""
        ...


class ImageRegistry(Protocol):
    """Moving images between the store and registries.

    Both raise Unauthenticated (401 and 403, also wrong credentials), NotFound (no such image at the
    registry, or here), Unavailable (the registry does not answer). Cancelling stops the transfer and
    leaves no name behind; blobs that arrived are left to the store's GC.
    """

    def pull(
        self, reference: ImageReference, platform: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Bring an image here, unpack it for this machine's snapshotter, pin it. `platform` "" is this machine's."""
        ...

    def push(
        self, reference: ImageReference, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Send an image that is here under this name."""
        ...


class ImageRoots(Protocol):
    """The file systems of images that are here."""

    def opened(self, image_id: str) -> AbstractAsyncContextManager[str]:
        """The path of its root, read-only, for the time of the block. Raises NotFound, RuntimeFailed."""
        ...
