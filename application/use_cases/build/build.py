"""`build`: build an image from a folder of the caller."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from application.ports.image_builder import CredentialsFor, ImageBuilder, ImagePins
from application.support.compensation import compensating
from domain.build import BuildEvent, BuildRequest, BuildResult


@dataclass(frozen=True)
class BuildImage:
    """`build`: the builder makes the image, which is pinned in the store against a kubelet's garbage collection."""

    builder: ImageBuilder
    pins: ImagePins

    async def __call__(
        self, request: BuildRequest, credentials: CredentialsFor
    ) -> AsyncGenerator[BuildEvent, None]:
        """Progress as it comes, and one BuildResult last, when the image is pinned.

        A build that fails, late as it may be, leaves no name behind that was not there. Raises BuildFailed,
        NotFound, Unauthenticated, Unavailable.
        """
        new = frozenset(request.tags) - await self.pins.named(request.tags)
        async with (
            compensating() as undo,
            aclosing(self.builder.build(request, credentials)) as events,
        ):
            undo.add(partial(self.pins.unname, new))
            async for event in events:
                if isinstance(event, BuildResult):
                    if request.is_stored:
                        await self.pins.pin(_name_of(event, request), request.tags)
                    undo.forget()
                yield event


def _name_of(result: BuildResult, request: BuildRequest) -> str:
    """What the store knows the image by: one of several platforms has the id of the platform that is asked for."""
    is_index = result.image_id == result.digest
    return str(request.tags[0]) if is_index and request.tags else result.image_id
