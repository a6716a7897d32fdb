"""Building images."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from domain.build import BuildEvent, BuildRequest
from domain.image import Credentials, ImageReference

CredentialsFor = Callable[[str], Awaitable[Credentials | None]]
"""Gives the credentials for a registry host (`docker.io`, `localhost:5000`), None for anonymous."""


class ImageBuilder(Protocol):
    """A builder that reads the context with the caller's own permissions."""

    def build(self, request: BuildRequest, credentials: CredentialsFor) -> AsyncGenerator[BuildEvent, None]:
        """Build, giving progress as it comes and exactly one BuildResult as the last event.

        The image is pinned, named by every tag, and at once usable by a container. Raises BuildFailed
        (the build's own failure), Unavailable (no builder answers, or a registry does not),
        Unauthenticated, NotFound (a base image). Cancelling ends the build in the builder and leaves no
        tag behind.
        """
        ...


class ImagePins(Protocol):
    """Keeping what was built from a kubelet's garbage collection."""

    async def pin(self, image_id: str, references: tuple[ImageReference, ...]) -> None:
        """Pin an image that is here under these names. Raises NotFound. Idempotent."""
        ...
