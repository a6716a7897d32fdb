"""Builds: what is asked for, and what comes back while one runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from domain.image import ImageReference


@dataclass(frozen=True)
class BuildOutput:
    """Something to make of a build.

    `kind` is the exporter's name: image, local, tar, oci, docker; `attributes` are BuildKit's. `destination`
    is the folder (local) or file (tar, oci, docker) to write, None for stdout and for an image.
    """

    kind: str
    attributes: dict[str, str] = field(default_factory=dict)
    destination: Path | None = None

    @property
    def is_image(self) -> bool:
        """Whether it goes into the image store or a registry, not to the caller."""
        return self.kind == "image"

    @property
    def is_stored(self) -> bool:
        """Whether the image store has the image afterwards."""
        return self.is_image and self.attributes.get("store") != "false"

    @property
    def is_stdout(self) -> bool:
        """Whether it is written to the caller's stdout."""
        return not self.is_image and self.destination is None


@dataclass(frozen=True)
class BuildCache:
    """Where a build's cache comes from or goes to: BuildKit's kind (registry, inline, …) and its attributes."""

    kind: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class BuildSecret:
    """A secret for `RUN --mount=type=secret`: the content of `path`, read when asked for, else `value`."""

    path: Path | None = None
    value: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class BuildRequest:
    """A build from a folder of the caller's. `dockerfile` need not be inside `context`.

    Without `outputs` the result is an image in the store. `ssh` has the sockets of agents by id.
    `extra_hosts` are `name=address`, `network` is default, none or host, `shm_size` bytes (0: the default),
    `ulimits` as docker writes them, `entitlements` BuildKit's names of what is allowed, `attestations`
    BuildKit's parameters by kind (provenance, sbom).
    """

    context: Path
    dockerfile: Path
    tags: tuple[ImageReference, ...] = ()
    build_arguments: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    target: str = ""
    no_cache: bool = False
    no_cache_stages: tuple[str, ...] = ()
    pull: bool = False
    platforms: tuple[str, ...] = ()
    outputs: tuple[BuildOutput, ...] = ()
    cache_from: tuple[BuildCache, ...] = ()
    cache_to: tuple[BuildCache, ...] = ()
    secrets: dict[str, BuildSecret] = field(default_factory=dict)
    ssh: dict[str, Path] = field(default_factory=dict)
    extra_hosts: tuple[str, ...] = ()
    network: str = ""
    shm_size: int = 0
    ulimits: tuple[str, ...] = ()
    entitlements: tuple[str, ...] = ()
    attestations: dict[str, str] = field(default_factory=dict)

    @property
    def exports(self) -> tuple[BuildOutput, ...]:
        """The outputs, the default among them."""
        return self.outputs or (BuildOutput("image"),)

    @property
    def is_stored(self) -> bool:
        """Whether the image store has the image afterwards."""
        return any(output.is_stored for output in self.exports)


@dataclass(frozen=True)
class BuildStep:
    """A step's state. `digest` identifies it; times are seconds since the epoch, None while not yet."""

    digest: str
    name: str
    started: float | None = None
    completed: float | None = None
    cached: bool = False
    error: str = ""


@dataclass(frozen=True)
class BuildStatus:
    """Progress within a step: `current` of `total` units (bytes, mostly; total 0 if unknown)."""

    step: str
    id: str
    current: int = 0
    total: int = 0
    started: float | None = None
    completed: float | None = None


@dataclass(frozen=True)
class BuildLog:
    """Bytes a step wrote to stdout (stream 1) or stderr (2)."""

    step: str
    stream: int
    data: bytes


@dataclass(frozen=True)
class BuildWarning:
    """What BuildKit thinks wrong with a Dockerfile; `location` is `file:line` or ""."""

    step: str
    message: str
    location: str = ""


@dataclass(frozen=True)
class BuildResult:
    """What a build made: the manifest's digest and the image's id (its config's digest), both `sha256:…`.

    Both are "" where no image was made. An image of several platforms has its index' digest as id. `metadata` is
    all that the builder said of it, for programs to read.
    """

    digest: str
    image_id: str
    metadata: dict[str, str] = field(default_factory=dict, compare=False)


BuildEvent = BuildStep | BuildStatus | BuildLog | BuildWarning | BuildResult
