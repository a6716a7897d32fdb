"""Manifests and configs, read from containerd's content store."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.images.mapping import created_at, image_config, platform_text
from adapters.containerd.images.platforms import matches, own_platform, parse_platform
from adapters.containerd.proto.content_pb2 import InfoRequest, ReadContentRequest
from adapters.containerd.proto.content_pb2_grpc import ContentStub
from adapters.containerd.proto.types_pb2 import Descriptor
from domain.image import Blob, ImageConfig

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_KEPT = 1024
_LARGEST = 8 * 1024 * 1024  # bytes of a manifest or config: what is larger is something else


@dataclass(frozen=True)
class Resolved:
    """An image's content: `id` is the config's digest, `size` the bytes of manifest, config and layers.

    `whole` is False where the manifest could be read and the config could not.
    """

    id: str
    created_at: datetime
    size: int
    config: ImageConfig
    platform: str
    whole: bool = True
    blobs: tuple[Blob, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A manifest and its descriptor."""

    descriptor: Descriptor
    document: dict[str, Any]


class ContentReader:
    """Reads content and remembers it: what a digest names never changes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._content = ContentStub(channel)
        self._known: OrderedDict[str, Resolved] = OrderedDict()

    async def resolve(self, target: Descriptor) -> Resolved | None:
        """Return what an image's target leads to on this platform, else on the first platform that is in the store.

        None is returned where no manifest is in the store, or the target is no image. Raises gRPC's errors.
        """
        if found := self._known.get(target.digest):
            self._known.move_to_end(target.digest)
            return found
        resolved = await self.read(target)
        # Another platform of an index gives way once this machine's is pulled, so it is not kept.
        if resolved is not None and resolved.whole and _is_own(resolved.platform):
            self._keep(target.digest, resolved)
        return resolved

    def forget(self, digest: str) -> None:
        """Forget a target whose content is being removed."""
        self._known.pop(digest, None)

    async def read(self, target: Descriptor) -> Resolved | None:
        """Resolve a target from the content store itself, not from memory."""
        try:
            manifest = await self.manifest(target)
            return None if manifest is None else await self._resolved(manifest)
        except (ValueError, KeyError, TypeError, AttributeError):  # it is not what its digest was named for
            return None

    async def manifest(self, target: Descriptor) -> Manifest | None:
        """Return the manifest that `resolve` means, None if it is not in the store.

        Raises what `json` and containerd raise.
        """
        document = await self._json(target.digest)
        if document is None or "manifests" not in document:
            return None if document is None else Manifest(target, document)
        async for found in self._here(document["manifests"]):
            return found
        return None

    async def is_complete(self, target: Descriptor) -> bool:
        """Return whether everything that an index leads to is in the store; a manifest is always complete.

        Manifests alone say little: after a load those of all platforms are kept, and the blobs of this machine's.
        """
        document = await self._json(target.digest)
        entries = (document or {}).get("manifests", [])
        return all([await self._is_whole(entry["digest"]) for entry in entries])

    async def _is_whole(self, digest: str) -> bool:
        manifest = await self._json(digest)
        if manifest is None:
            return False
        blobs = [*filter(None, [manifest.get("config")]), *manifest.get("layers", [])]
        return all([await self._exists(blob["digest"]) for blob in blobs])

    async def _here(self, entries: list[dict[str, Any]]) -> AsyncIterator[Manifest]:
        """Yield the manifests of an index that are in the store, this machine's platform first."""
        own = own_platform()
        images = [entry for entry in entries if entry.get("platform", {}).get("os") != "unknown"]
        for entry in sorted(images, key=lambda entry: not matches(entry.get("platform", {}), own)):
            document = await self._json(entry["digest"])
            if document is not None:
                yield Manifest(_descriptor(entry), document)

    async def _resolved(self, manifest: Manifest) -> Resolved:
        described = manifest.document["config"]
        config = await self._json(described["digest"])
        parts = [(part["digest"], part["size"]) for part in (described, *manifest.document["layers"])]
        blobs = ((manifest.descriptor.digest, manifest.descriptor.size), *parts)
        document = config or {}
        return Resolved(
            id=described["digest"],
            created_at=created_at(document),
            size=sum(size for _, size in blobs),
            config=image_config(document),
            platform=platform_text(document),
            whole=config is not None,
            blobs=tuple(Blob(digest, size) for digest, size in blobs),
        )

    async def _json(self, digest: str) -> dict[str, Any] | None:
        """Read a blob that is a JSON object; None if it is not in the store. Raises ValueError for other content."""
        if (size := await self._size(digest)) is None:
            return None
        if size > _LARGEST:
            raise ValueError(f"{digest} is too large to be a manifest or config")
        call = self._content.Read(ReadContentRequest(digest=digest), metadata=NAMESPACE)
        document = json.loads(b"".join([part.data async for part in call]))
        if not isinstance(document, dict):
            raise ValueError(f"{digest} is no JSON object")  # noqa: TRY004 - it is the value that is wrong
        return document

    async def _exists(self, digest: str) -> bool:
        return await self._size(digest) is not None

    async def _size(self, digest: str) -> int | None:
        try:
            answer = await self._content.Info(InfoRequest(digest=digest), metadata=NAMESPACE)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return None
        return int(answer.info.size)

    def _keep(self, digest: str, resolved: Resolved) -> None:
        self._known[digest] = resolved
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _descriptor(entry: dict[str, Any]) -> Descriptor:
    media_type = entry.get("mediaType", _MANIFEST)
    return Descriptor(media_type=media_type, digest=entry["digest"], size=entry["size"])


def _is_own(platform: str) -> bool:
    """Return whether a platform's text is this machine's; text that cannot be read is not."""
    parts = parse_platform(platform) if platform.count("/") in (1, 2) else None
    own = own_platform()
    return parts is not None and (parts.os, parts.architecture) == (own.os, own.architecture)
