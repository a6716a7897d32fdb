"""Volumes on the wire."""

from __future__ import annotations

from domain.volume import Volume
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.api.mapping.times import time_to_wire


def volume_to_wire(volume: Volume, users: tuple[str, ...] = ()) -> pb.Volume:
    """Map a volume, and the names of the containers that use it."""
    return pb.Volume(
        name=volume.name,
        path=volume.path,
        created_at=time_to_wire(volume.created_at),
        labels=volume.labels,
        anonymous=volume.anonymous,
        users=users,
    )
