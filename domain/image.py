"""Images and how they are named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.problems import ArgumentProblem

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"
_OFFICIAL = "library"
_LONGEST_NAME = 255

# The grammar of distribution/reference, as registries and docker read it.
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(r"(?P<name>[^@]*?)(?::(?P<tag>[^:/@]*))?(?:@(?P<digest>.*))?", re.DOTALL)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


@dataclass(frozen=True, order=True)
class ImageReference:
    """A normalised image reference: `docker.io/library/busybox:latest`.

    `parse` reads what a user writes by docker's rules: no registry means docker.io, one component on
    docker.io means `library/`, the first component is a registry if it holds a dot or a colon, has an
    upper case letter, or is `localhost`.
    """

    registry: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageReference:
        """Read a reference; raises InvalidArgument. A reference without tag and digest keeps neither."""
        found = _REFERENCE.fullmatch(text)
        if not text or found is None:
            raise _malformed(text, "reference-form" if text else "empty")
        name, tag, digest = found["name"], found["tag"], found["digest"]
        if _IDENTIFIER.fullmatch(text):
            raise _malformed(text, "reference-is-id")
        registry, path = _split_registry(name)
        if path != path.lower():
            raise _malformed(text, "reference-uppercase")
        if not re.fullmatch(_PATH, path) or not re.fullmatch(_HOST, registry):
            raise _malformed(text, "reference-form")
        if len(registry) + 1 + len(path) > _LONGEST_NAME:
            raise _malformed(text, "reference-too-long", str(_LONGEST_NAME))
        if tag is not None and not re.fullmatch(_TAG, tag):
            raise _malformed(text, "tag-form")
        if digest is not None:
            _check_digest(text, digest)
        return cls(registry, path, tag, digest)

    @property
    def repository(self) -> str:
        """Registry and path: `docker.io/library/busybox`."""
        return f"{self.registry}/{self.path}"

    @property
    def familiar_repository(self) -> str:
        """The repository as docker shows it: `busybox`, `k3c/hello`, `localhost:5000/app`.

        It is the whole repository where the short form would be read as something else.
        """
        if self.registry != DEFAULT_REGISTRY:
            return self.repository
        short = self.path.removeprefix(f"{_OFFICIAL}/") if self.path.count("/") == 1 else self.path
        is_same = _split_registry(short) == (self.registry, self.path)
        return short if is_same and not _IDENTIFIER.fullmatch(short) else self.repository

    @property
    def familiar(self) -> str:
        """The whole reference as docker shows it."""
        return self.familiar_repository + self._suffix

    def tagged(self) -> ImageReference:
        """The same reference, with `:latest` where it has neither tag nor digest."""
        if self.tag is not None or self.digest is not None:
            return self
        return ImageReference(self.registry, self.path, DEFAULT_TAG)

    @property
    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def __str__(self) -> str:
        """The canonical form, which is the image's name in containerd."""
        return self.repository + self._suffix


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_registry = slash and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    registry, path = (first, rest) if is_registry else (DEFAULT_REGISTRY, name)
    if registry == "index.docker.io":
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and path and "/" not in path:
        path = f"{_OFFICIAL}/{path}"
    return registry, path


def _check_digest(text: str, digest: str) -> None:
    if not re.fullmatch(_DIGEST, digest):
        raise _malformed(text, "digest-form")
    algorithm, _, value = digest.partition(":")
    if algorithm not in _DIGEST_LENGTHS:
        raise _malformed(text, "digest-algorithm", ", ".join(_DIGEST_LENGTHS))
    if len(value) != _DIGEST_LENGTHS[algorithm] or value != value.lower():
        raise _malformed(text, "digest-length", str(_DIGEST_LENGTHS[algorithm]))


def _malformed(text: str, problem: ArgumentProblem, detail: str = "") -> InvalidArgument:
    return InvalidArgument("image reference", text, problem, detail)


UNNAMED_REPOSITORY = "unnamed.k3c.local/build"
"""What images built without a tag are kept under, so that the store does not drop them; no user's name."""


@dataclass(frozen=True)
class ImageConfig:
    """What an image says about the containers made from it."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""
    stop_signal: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    exposed_ports: tuple[str, ...] = ()
    healthcheck: Healthcheck = field(default_factory=Healthcheck)


@dataclass(frozen=True)
class Blob:
    """A piece of content, and its bytes in the store."""

    digest: str
    size: int


@dataclass(frozen=True)
class Image:
    """An image that is here: one content, any number of names.

    `id` is the digest of its config (`sha256:…`), as docker and CRI count images; `digest` that of
    its manifest or index; `size` the bytes of its compressed content in the store, which is its `blobs`.
    `pinned` says that k3c made it, or a name of it.
    """

    id: str
    digest: str
    references: tuple[ImageReference, ...]
    created_at: datetime
    size: int
    config: ImageConfig
    platform: str
    blobs: tuple[Blob, ...] = ()
    pinned: bool = True

    def check_platform(self, wanted: str) -> None:
        """Raise InvalidArgument if it is for another platform than `os/arch[/variant]`; "" is any."""
        if wanted and f"{self.platform}/".startswith(f"{wanted}/") is False:
            raise InvalidArgument("platform", wanted, "platform-differs", self.platform)

    def matches_id(self, text: str) -> bool:
        """Whether `text` is this image's id or a prefix of it, with or without `sha256:`."""
        digits = text.removeprefix("sha256:")
        return bool(digits) and self.id.removeprefix("sha256:").startswith(digits)


def freed(removed: Iterable[Image], left: Iterable[Image]) -> int:
    """The bytes of content that only the removed images need."""
    needed = {blob.digest for image in left for blob in image.blobs}
    return sum(
        {
            blob.digest: blob.size for image in removed for blob in image.blobs if blob.digest not in needed
        }.values()
    )


@dataclass(frozen=True)
class Credentials:
    """What to say to a registry; never stored and never logged."""

    username: str
    secret: str = field(repr=False)


_ENDS = frozenset({"downloaded", "up to date", "pushed"})


@dataclass(frozen=True)
class TransferProgress:
    """One step of a pull or push: bytes of one blob, or a word about the whole.

    `name` is the blob's digest, `kind` what it is (layer, manifest, config, index), `total` 0 while it is not
    known. The last step has the manifest's digest and, of a push, its size.
    """

    status: str
    name: str = ""
    done: int = 0
    total: int = 0
    kind: str = ""

    @property
    def is_last(self) -> bool:
        """Whether it tells how the whole transfer ended."""
        return self.status in _ENDS
