"""Platforms, as OCI names them."""

from __future__ import annotations

import platform as machine

from adapters.containerd.proto.transfer_types_pb2 import UnpackConfiguration
from adapters.containerd.proto.types_pb2 import Platform
from domain.errors import InvalidArgument

_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "i686": ("386", ""),
}


_UNPACKED = "overlayfs"


def own_platform() -> Platform:
    """Return this machine's platform."""
    found = machine.machine()
    architecture, variant = _ARCHITECTURES.get(found, (found, ""))
    return Platform(os="linux", architecture=architecture, variant=variant)


def parse_platform(text: str) -> Platform:
    """Read `os/arch[/variant]`, "" for this machine's platform. Raises InvalidArgument."""
    if not text:
        return own_platform()
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise InvalidArgument("platform", text, "use os/arch[/variant], such as linux/arm64")
    return Platform(os=parts[0], architecture=parts[1], variant=parts[2] if len(parts) == 3 else "")


def matches(entry: dict[str, str], wanted: Platform) -> bool:
    """Return whether the platform in an OCI index is the wanted platform; variants count where both name one."""
    if (entry.get("os"), entry.get("architecture")) != (wanted.os, wanted.architecture):
        return False
    variant = entry.get("variant", "")
    return not variant or not wanted.variant or variant == wanted.variant


def unpacks(platform: Platform, snapshotter: str) -> tuple[UnpackConfiguration, ...]:
    """Return where a transfer is to unpack an image.

    containerd's transfers unpack for the snapshotters of their own configuration, which has the default
    snapshotter unless it is changed. They fail for any other snapshotter ("no unpack platforms defined").
    Images for another snapshotter are unpacked by CRI, when the first container is made from them.
    """
    if snapshotter != _UNPACKED:
        return ()
    return (UnpackConfiguration(platform=platform, snapshotter=snapshotter),)
