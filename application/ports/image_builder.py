"""Building images."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from domain.build import BuildEvent, BuildRequest
from domain.image import Credentials, ImageReference

CredentialsFor = Callable[[str], Awaitable[Credentials | None]]
"""Gives the credentials for a registry host (`docker.io`, `localhost:5000`), None for anonymous."""


class ImageBuilder(Protocol):
    """A builder that reads the build context with the caller's own permissions."""

    def build(self, request: BuildRequest, credentials: CredentialsFor) -> AsyncGenerator[BuildEvent, None]:
        """Build an image: progress as it comes, and exactly one BuildResult as the last event.

        The image is pinned, has every tag, and can be run at once. Raises BuildFailed (the failure of a build
        step), Unavailable (the builder or a registry does not answer), Unauthenticated, NotFound (a base
        image). Cancellation ends the build in the builder and leaves no tag behind.
        """
        ...


class ImagePins(Protocol):
    """The names of built images, and their protection from a kubelet's garbage collection."""

    async def named(self, references: tuple[ImageReference, ...]) -> frozenset[ImageReference]:
        """Return those of the names that the store has."""
        ...

    async def unname(self, references: frozenset[ImageReference]) -> None:
        """Remove the names, and images with their last name. Names that are not there are no error."""
        ...

    async def pin(self, image_id: str, references: tuple[ImageReference, ...]) -> None:
        """Pin an image of the store under these names. Raises NotFound. Idempotent."""
        ...
