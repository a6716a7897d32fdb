"""Between containerd's and OCI's words and the domain's."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from adapters.containerd.proto.transfer_types_pb2 import Progress
from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.image import UNNAMED_REPOSITORY, ImageConfig, ImageReference, TransferProgress

CRI_ID_PREFIX = "sha256:"
"""How the names begin that CRI gives beside the tags: the digests of configs."""

_KEPT = 4096  # names whose meaning is remembered: all are read to find one

EPOCH = datetime.fromtimestamp(0, UTC)
"""When an image was made that does not say so."""


def image_config(document: dict[str, Any]) -> ImageConfig:
    """Map the part of an OCI image config that containers are made from."""
    config = document.get("config") or {}
    return ImageConfig(
        entrypoint=tuple(config.get("Entrypoint") or ()),
        command=tuple(config.get("Cmd") or ()),
        environment=tuple(config.get("Env") or ()),
        working_dir=config.get("WorkingDir") or "",
        user=config.get("User") or "",
        stop_signal=config.get("StopSignal") or "",
        labels=dict(config.get("Labels") or {}),
        volumes=tuple(config.get("Volumes") or ()),
        exposed_ports=tuple(config.get("ExposedPorts") or ()),
        healthcheck=_healthcheck(config.get("Healthcheck") or {}),
    )


def _healthcheck(check: dict[str, Any]) -> Healthcheck:
    """Map docker's addition to the OCI config; its durations are in nanoseconds."""
    names = ("Interval", "Timeout", "StartPeriod", "StartInterval")
    interval, timeout, start_period, start_interval = (check.get(name, 0) / 1e9 for name in names)
    test = tuple(check.get("Test") or ())
    return Healthcheck(test, interval, timeout, start_period, start_interval, check.get("Retries", 0))


def created_at(document: dict[str, Any]) -> datetime:
    """Return when an image says it was made: RFC 3339, with up to nine digits of fraction.

    Without a time it is the epoch.
    """
    text = document.get("created")
    if not text:
        return EPOCH
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def platform_text(document: dict[str, Any]) -> str:
    """Return `os/architecture[/variant]` of an image config, "" where it names no platform."""
    return "/".join(filter(None, (document.get(part) for part in ("os", "architecture", "variant"))))


@lru_cache(_KEPT)
def stored_name(name: str) -> ImageReference | None:
    """Map a name in the store; None for a name that no user gave.

    Such names are CRI's ids, names of builds without a tag, and what is no reference.
    """
    if name.startswith((CRI_ID_PREFIX, f"{UNNAMED_REPOSITORY}@")):
        return None
    try:
        return ImageReference.parse(name)
    except InvalidArgument:
        return None


def progress(step: Progress) -> TransferProgress:
    """Map a step. The names of blobs are like `layer-sha256:…`, of which the digest says enough."""
    kind, dash, digest = step.name.partition("-sha256:")
    name = f"sha256:{digest}" if dash else ""
    return TransferProgress(step.event or kind, name, step.progress, step.total, kind if dash else "")
