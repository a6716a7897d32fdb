"""Things as lists have them, with the names that docker gives their fields."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from domain.names import SHORT_ID
from entrypoints.api.mapping.ports import ports_from_wire
from entrypoints.api.mapping.times import time_from_wire
from entrypoints.cli.ui.open_map import KeyedMethod, OpenMap
from entrypoints.cli.ui.status import ports, status
from entrypoints.cli.ui.table import ago, cut, size

if TYPE_CHECKING:  # a list loads what it lists, and not the others
    from domain.image import ImageReference
    from entrypoints.api.k3c.v1 import container_pb2, image_pb2, volume_pb2

Shape = dict[str, Any]
_COMMAND_WIDTH = 20
_NONE = "<none>"
_TIME = "%Y-%m-%d %H:%M:%S %z %Z"


def container_row(one: container_pb2.Container, *, full: bool) -> Shape:
    """A container as `ps --format` has it."""
    command = shlex.join(one.command)
    created = time_from_wire(one.created_at)
    return {
        "ID": one.id if full else one.id[:SHORT_ID],
        "Image": one.image,
        "Command": f'"{command if full else cut(command, _COMMAND_WIDTH)}"',
        "CreatedAt": created.strftime(_TIME),
        "RunningFor": ago(created),
        "Ports": ports(ports_from_wire(one.ports)),
        "State": one.state,
        "Status": status(one),
        "HealthStatus": one.health.status or "none",
        "Size": size(one.size) if one.HasField("size") else "0B",
        "Names": one.name,
        "Labels": ",".join(f"{key}={value}" for key, value in sorted(one.labels.items())),
        "Label": KeyedMethod(one.labels),
        "Mounts": ",".join(mount.source or mount.target for mount in one.mounts),
        "Networks": one.network,
    }


def image_row(one: image_pb2.Image, name: ImageReference | None, *, full: bool) -> Shape:
    """An image under one of its names as `images --format` has it."""
    created = time_from_wire(one.created_at)
    return {
        "ID": one.id if full else short_image_id(one.id),
        "Repository": name.familiar_repository if name else _NONE,
        "Tag": (name.tag if name else None) or _NONE,
        "Digest": one.digest,
        "CreatedSince": ago(created),
        "CreatedAt": created.strftime(_TIME),
        "Size": size(one.size),
    }


def short_image_id(image_id: str) -> str:
    """The id without its algorithm, as long as ids are shown."""
    return image_id.removeprefix("sha256:")[:SHORT_ID]


def volume_row(volume: volume_pb2.Volume) -> Shape:
    """A volume as `volume ls --format` has it."""
    return {
        **volume_shape(volume),
        "Labels": ",".join(f"{key}={value}" for key, value in sorted(volume.labels.items())),
        "Label": KeyedMethod(volume.labels),
    }


def volume_shape(volume: volume_pb2.Volume) -> Shape:
    """A volume as `docker volume inspect` has it, with the containers that use it."""
    return {
        "CreatedAt": volume.created_at.ToJsonString(),
        "Driver": "local",
        "Labels": OpenMap(volume.labels),
        "Mountpoint": volume.path,
        "Name": volume.name,
        "Scope": "local",
        "UsedBy": list(volume.users),
        "Anonymous": volume.anonymous,
    }
