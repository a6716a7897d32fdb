"""k3c.v1.ImageService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc

from application.use_cases.image.images import ListImages
from application.use_cases.image.inspect import InspectImage
from application.use_cases.image.login import LogIn
from application.use_cases.image.prune import PruneImages
from application.use_cases.image.pull import PullImage
from application.use_cases.image.push import PushImage
from application.use_cases.image.rmi import RemoveImage
from application.use_cases.image.tag import TagImage
from domain.filters import ImageFilters
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.k3c.v1 import image_pb2_grpc
from entrypoints.api.mapping.filters import filters_from_wire
from entrypoints.api.mapping.image import (
    credentials_from_wire,
    credentials_to_wire,
    image_details_to_wire,
    image_to_wire,
    progress_to_wire,
)

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class ImageService(image_pb2_grpc.ImageServiceServicer):
    """Reads requests, calls use cases and writes responses."""

    list_all: ListImages
    inspect: InspectImage
    pull: PullImage
    push: PushImage
    login: LogIn
    tag: TagImage
    remove: RemoveImage
    prune: PruneImages

    async def List(self, request: pb.ListImagesRequest, context: _Context) -> pb.ListImagesResponse:
        """Return the images that pass the filters."""
        filters = ImageFilters(filters_from_wire(request.filters))
        return pb.ListImagesResponse(images=map(image_to_wire, await self.list_all(filters)))

    async def Inspect(self, request: pb.InspectImageRequest, context: _Context) -> pb.InspectImageResponse:
        """Return everything about an image."""
        return image_details_to_wire(await self.inspect(request.image))

    async def Pull(
        self, request: pb.PullImageRequest, context: _Context
    ) -> AsyncIterator[pb.TransferResponse]:
        """Pull an image and stream the progress."""
        credentials = credentials_from_wire(request.credentials)
        async for step in self.pull(request.reference, request.platform, credentials):
            yield progress_to_wire(step)

    async def Push(
        self, request: pb.PushImageRequest, context: _Context
    ) -> AsyncIterator[pb.TransferResponse]:
        """Push an image and stream the progress."""
        async for step in self.push(request.reference, credentials_from_wire(request.credentials)):
            yield progress_to_wire(step)

    async def Login(self, request: pb.LoginRequest, context: _Context) -> pb.LoginResponse:
        """Ask a registry whether it accepts credentials."""
        kept = await self.login(request.registry, credentials_from_wire(request.credentials))
        return pb.LoginResponse(credentials=credentials_to_wire(kept))

    async def Tag(self, request: pb.TagImageRequest, context: _Context) -> pb.TagImageResponse:
        """Add names to an image."""
        await self.tag(request.image, tuple(request.references), built=request.built)
        return pb.TagImageResponse()

    async def Remove(self, request: pb.RemoveImageRequest, context: _Context) -> pb.RemoveImageResponse:
        """Remove a name of an image, and the image with its last name."""
        untagged, deleted = await self.remove(request.image, force=request.force)
        return pb.RemoveImageResponse(untagged=untagged, deleted=deleted)

    async def Prune(self, request: pb.PruneImagesRequest, context: _Context) -> pb.PruneImagesResponse:
        """Remove the images that no container uses."""
        filters = ImageFilters(filters_from_wire(request.filters))
        done = await self.prune(filters, named=request.all, dry_run=request.dry_run)
        return pb.PruneImagesResponse(untagged=done.untagged, deleted=done.deleted, reclaimed=done.reclaimed)
