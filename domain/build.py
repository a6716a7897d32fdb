"""Builds: what is asked for, and what comes back while one runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from domain.image import ImageReference


@dataclass(frozen=True)
class BuildRequest:
    """A build from a folder of the caller's. `dockerfile` need not be inside `context`."""

    context: Path
    dockerfile: Path
    tags: tuple[ImageReference, ...] = ()
    build_arguments: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    target: str = ""
    no_cache: bool = False
    pull: bool = False
    platforms: tuple[str, ...] = ()


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
    """What a build made: the manifest's digest and the image's id (its config's digest), both `sha256:…`."""

    digest: str
    image_id: str


BuildEvent = BuildStep | BuildStatus | BuildLog | BuildWarning | BuildResult
