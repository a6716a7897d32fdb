"""An image store in memory, which reads the archives it is given."""

from __future__ import annotations

import json
import tarfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.errors import AmbiguousReference, InvalidArgument, NotFound
from domain.image import Blob, Image, ImageConfig, ImageReference
from domain.names import SHORT_ID
from tests.oci_archive import blobs_of
from tests.unit.fakes.faults import Faults

_IDS = frozenset("0123456789abcdef")


class FakeImageStore:
    """ImageStore; `images` by id. Failures: "list", "find", "tag", "untag", "remove", "load"."""

    def __init__(self, *images: Image) -> None:
        self.images: dict[str, Image] = {image.id: image for image in images}
        self.faults = Faults()

    async def list(self) -> tuple[Image, ...]:
        """All, newest first."""
        async with self.faults.call("list"):
            return self._sorted()

    async def find(self, reference: str) -> Image:
        """By name, id or prefix."""
        async with self.faults.call("find"):
            name = _name(reference)
            named = [image for image in self._sorted() if name is not None and _is_named(image, name)]
            matches = named or [image for image in self._sorted() if image.matches_id(reference)]
            if len(matches) > 1:
                shown = sorted(image.id.removeprefix("sha256:")[:SHORT_ID] for image in matches)
                raise AmbiguousReference("image", reference, ", ".join(shown))
            if not matches:
                raise NotFound("image", reference)
            return matches[0]

    async def tag(self, image: Image, reference: ImageReference) -> None:
        """Move or add a name."""
        async with self.faults.call("tag"):
            if image.id not in self.images:
                raise NotFound("image", image.id)
            self.put(image, reference)

    async def untag(self, reference: ImageReference, *, keep: bool = False) -> None:
        """Drop a name, and with the last one the image."""
        async with self.faults.call("untag"):
            holder = self.holder(reference)
            if holder is None:
                raise NotFound("image", reference.familiar)
            self._drop(reference)
            if not keep and not self.images[holder.id].references:
                del self.images[holder.id]

    async def remove(self, image: Image) -> None:
        """Drop an image, unless it has got a further name."""
        async with self.faults.call("remove"):
            for name in image.references:
                if self.holder(name) == self.images.get(image.id):
                    self._drop(name)
            if (held := self.images.get(image.id)) is not None and not held.references:
                del self.images[image.id]

    async def load(self, archive: AsyncIterator[bytes], name: ImageReference) -> None:
        """Read an archive."""
        async with self.faults.call("load"):
            self.put(read_archive(b"".join([chunk async for chunk in archive]), name), name)

    def put(self, image: Image, name: ImageReference) -> None:
        """Have an image here under a name, which another one loses."""
        self._drop(name)
        held = self.images.get(image.id, replace(image, references=()))
        references = tuple(sorted({*held.references, name}, key=str))
        self.images[image.id] = replace(held, references=references)

    def holder(self, name: ImageReference) -> Image | None:
        """The image that has the name."""
        return next((image for image in self.images.values() if name in image.references), None)

    def _drop(self, name: ImageReference) -> None:
        if (holder := self.holder(name)) is not None:
            left = tuple(reference for reference in holder.references if reference != name)
            self.images[holder.id] = replace(holder, references=left)

    def _sorted(self) -> tuple[Image, ...]:
        return tuple(
            sorted(self.images.values(), key=lambda image: (image.created_at, image.id), reverse=True)
        )


def read_archive(archive: bytes, name: ImageReference) -> Image:
    """The one image of an OCI layout. Raises InvalidArgument."""
    try:
        files = blobs_of(archive)
        digest = json.loads(files["index.json"])["manifests"][0]["digest"]
        manifest = json.loads(files[_path(digest)])
        document = json.loads(files[_path(manifest["config"]["digest"])])
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise InvalidArgument("image archive", name.familiar, "reported", str(error)) from error
    return Image(
        id=manifest["config"]["digest"],
        digest=digest,
        references=(),
        created_at=datetime.fromisoformat(document["created"]),
        size=sum(part["size"] for part in (manifest["config"], *manifest["layers"])),
        config=_config(document["config"]),
        platform=f"{document['os']}/{document['architecture']}",
        blobs=tuple(Blob(part["digest"], part["size"]) for part in (manifest["config"], *manifest["layers"])),
    )


def _config(config: dict[str, Any]) -> ImageConfig:
    return ImageConfig(
        entrypoint=tuple(config.get("Entrypoint", ())),
        command=tuple(config.get("Cmd", ())),
        environment=tuple(config.get("Env", ())),
        user=config.get("User", ""),
        labels=config.get("Labels", {}),
    )


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _is_named(image: Image, name: ImageReference) -> bool:
    repositories = {reference.repository for reference in image.references}
    return name in image.references or (name.digest == image.digest and name.repository in repositories)


def _name(text: str) -> ImageReference | None:
    try:
        return ImageReference.parse(text).tagged()
    except InvalidArgument:
        if text and set(text) <= _IDS:
            return None
        raise
