"""Names of images in containerd's namespace `k8s.io`, stored as CRI stores them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto import images_pb2
from adapters.containerd.proto.images_pb2_grpc import ImagesStub
from adapters.containerd.proto.types_pb2 import Descriptor

_MANAGED = {"io.cri-containerd.image": "managed"}
_PINNED = "io.cri-containerd.pinned"
LABELS = {**_MANAGED, _PINNED: "pinned"}
"""What CRI marks an image with, and what keeps a kubelet's garbage collection off it."""


def is_pinned(image: images_pb2.Image) -> bool:
    """Return whether k3c made the name: what a kubelet pulls for itself has no pin."""
    return image.labels.get(_PINNED) == "pinned"


_EXPIRES = "containerd.io/gc.expire"
_LONGEST_PUSH = timedelta(days=1)


@dataclass
class _Undertaking:
    """Overlapping pulls of a name; what the name was before is asked once."""

    active: int = 0
    was_there: bool = True
    succeeded: bool = False


class ImageNames:
    """containerd's records of images by name. Raises Unavailable and RuntimeFailed."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._images = ImagesStub(channel)
        self._undertakings: dict[str, _Undertaking] = {}

    async def list(self) -> tuple[images_pb2.Image, ...]:
        """Return all records."""
        async with translated():
            answer = await self._images.List(images_pb2.ListImagesRequest(), metadata=NAMESPACE)
            return tuple(answer.images)

    async def target(self, name: str) -> Descriptor | None:
        """Return what a name leads to, None for an unknown name."""
        async with translated():
            try:
                answer = await self._images.Get(images_pb2.GetImageRequest(name=name), metadata=NAMESPACE)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                return None
        return answer.image.target

    async def put(self, names: tuple[str, ...], target: Descriptor) -> None:
        """Have the names, pinned, lead to the target, whatever they led to before."""
        async with translated():
            for name in names:
                image = images_pb2.Image(name=name, labels=LABELS, target=target)
                while not (await self._create(image) or await self._update(image)):
                    pass  # it was deleted between the two

    async def delete(self, name: str, *, sync: bool = False) -> None:
        """Delete a name; with `sync`, the garbage is collected before this returns. Idempotent."""
        async with translated():
            try:
                request = images_pb2.DeleteImageRequest(name=name, sync=sync)
                await self._images.Delete(request, metadata=NAMESPACE)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise

    @asynccontextmanager
    async def temporary(self, target: Descriptor) -> AsyncIterator[str]:
        """Make a name for the time of the block. It is no reference, and expires should it not be deleted."""
        expires = (datetime.now(UTC) + _LONGEST_PUSH).isoformat(timespec="seconds")
        name = f"K3C temporary {secrets.token_hex(8)}"
        async with translated():
            await self._create(
                images_pb2.Image(name=name, labels={**_MANAGED, _EXPIRES: expires}, target=target)
            )
        try:
            yield name
        finally:
            await self.delete(name)

    @asynccontextmanager
    async def undone_on_failure(self, name: str) -> AsyncIterator[None]:
        """Delete a name that did not exist before, should the block fail or be cancelled.

        Where such blocks overlap for a name, a block that succeeds keeps the name for all of them.
        """
        ours = self._undertakings.setdefault(name, _Undertaking())
        ours.active += 1
        try:
            if ours.active == 1:
                ours.was_there = await self.target(name) is not None
            yield
            ours.succeeded = True
        finally:
            ours.active -= 1
            if not ours.active:
                del self._undertakings[name]
                if not ours.was_there and not ours.succeeded:
                    await self.delete(name)

    async def _create(self, image: images_pb2.Image) -> bool:
        try:
            await self._images.Create(images_pb2.CreateImageRequest(image=image), metadata=NAMESPACE)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
                raise
            return False
        return True

    async def _update(self, image: images_pb2.Image) -> bool:
        paths = ["target", *(f"labels.{label}" for label in image.labels)]
        request = images_pb2.UpdateImageRequest(image=image, update_mask=FieldMask(paths=paths))
        try:
            await self._images.Update(request, metadata=NAMESPACE)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return False
        return True
