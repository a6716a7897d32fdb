"""Images in the local store, and their transfer from and to registries."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.image import Credentials, Image, ImageReference, TransferProgress


class ImageStore(Protocol):
    """The images of the store.

    Every image that k3c makes or tags is pinned against a kubelet's garbage collection.
    """

    async def list(self) -> tuple[Image, ...]:
        """All images, newest first; names of the same id are joined in one Image.

        An image that has no name but the store's own (a dangling image) has no references.
        """
        ...

    async def find(self, reference: str) -> Image:
        """The image with this name (`:latest` by default), this id, or an id that begins so.

        A name is preferred to the beginning of an id. Raises NotFound, AmbiguousReference, InvalidArgument.
        """
        ...

    async def tag(self, image: Image, reference: ImageReference) -> None:
        """Add a name to the image; another image that has the name loses it. Idempotent."""
        ...

    async def untag(self, reference: ImageReference, *, keep: bool = False) -> None:
        """Remove one name, and with the last name the image; `keep` leaves the image without a name then.

        Raises NotFound.
        """
        ...

    async def remove(self, image: Image) -> None:
        """Remove the names that `image` has, and the content that nothing else needs, before returning. Idempotent.

        A name that the image has got since it was found stays, and all that it needs.
        """
        ...

    async def load(self, archive: AsyncIterator[bytes], name: ImageReference) -> None:
        """Import an OCI image layout tar of one image under `name`, and pin it. Idempotent."""
        ...


class ImageRegistry(Protocol):
    """Transfers between the store and registries.

    Both methods give progress as it comes, and raise Unauthenticated (401 and 403, also for wrong
    credentials), NotFound (the registry, or the store, has no such image), Unavailable (the registry does not
    answer). Cancellation stops the transfer and leaves no name behind. What a pull that
    failed or was cancelled has fetched is kept for a day: the next pull fetches what is missing.
    """

    def pull(
        self, reference: ImageReference, platform: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Download an image, unpack it for the snapshotter, and pin it.

        `platform` "" is the platform of this machine.
        """
        ...

    def push(
        self, reference: ImageReference, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Upload the image of the store that has this name.

        The last step has the status `pushed`, the digest of the manifest that was pushed, and its size as total.
        """
        ...


class ImageRoots(Protocol):
    """The root filesystems of images of the store."""

    def opened(self, image_id: str) -> AbstractAsyncContextManager[str]:
        """The path of the image's root, read-only, for the time of the block. Raises NotFound, RuntimeFailed."""
        ...
