"""Volumes, and what is mounted into a container."""

from __future__ import annotations

import csv
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from domain.errors import InvalidArgument
from domain.names import check_name, is_id


class MountKind(StrEnum):
    """Where a mount's files come from."""

    BIND = "bind"
    VOLUME = "volume"
    TMPFS = "tmpfs"


@dataclass(frozen=True)
class Mount:
    """`source` (an absolute path, or a volume's name; "" for an anonymous volume or a tmpfs) seen at `target`.

    `options` are those of a tmpfs (`size=64m,mode=1777`). `copy` False leaves a fresh volume empty.
    """

    kind: MountKind
    source: str
    target: str
    read_only: bool = False
    propagation: str = ""
    options: str = ""
    copy: bool = True

    @property
    def is_anonymous(self) -> bool:
        """Whether it is of a volume without a name, or with one that k3c made up."""
        return self.kind is MountKind.VOLUME and (not self.source or is_id(self.source))


@dataclass(frozen=True)
class Volume:
    """A folder that outlives containers. `path` is where its files are on this machine."""

    name: str
    path: str
    created_at: datetime
    labels: dict[str, str] = field(default_factory=dict)
    anonymous: bool = False


@dataclass(frozen=True)
class MountedPath:
    """A path in a container that a mount holds; `inside` is it with the mount as its root, `/` for the target."""

    mount: Mount
    inside: str


def mounted_path(path: str, mounts: Iterable[Mount]) -> MountedPath | None:
    """What the mount with the longest target at or above a path holds of it; None if there is no such mount.

    The words of the path decide (`/data/../etc` is `/etc`): links are not looked at.
    """
    wanted = _plain(path)
    above = [mount for mount in mounts if wanted.is_relative_to(_plain(mount.target))]
    if not above:
        return None
    mount = max(above, key=lambda one: len(_plain(one.target).parts))
    return MountedPath(mount, str("/" / wanted.relative_to(_plain(mount.target))))


def _plain(path: str) -> PurePosixPath:
    """An absolute path without `.`, `..` and doubled slashes."""
    return PurePosixPath(posixpath.normpath("/" + path.lstrip("/")))


_PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave")
_NO_COPY = "nocopy"
_ACCEPTED_OPTIONS = ("rw", "z", "Z", "cached", "delegated", "consistent", _NO_COPY)


def parse_volume_flag(text: str) -> Mount:
    """Read one `-v`: `/host:/ctr[:ro]`, `name:/ctr`, `/ctr` (anonymous); raises InvalidArgument.

    A relative source must have been made absolute by the caller, who alone knows its working directory.
    """
    parts = text.split(":")
    if len(parts) > 3 or not all(parts):
        raise InvalidArgument("volume", text, "volume-form")
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    if not target.startswith("/") or posixpath.normpath(target).strip("/") == "":
        raise InvalidArgument("volume", text, "mount-target")
    options = parts[2] if len(parts) == 3 else ""
    read_only, propagation = _read_options(options)
    if source.startswith("/"):
        return Mount(MountKind.BIND, source, target, read_only, propagation)
    if source:
        check_name("volume", source)
    if propagation:
        raise InvalidArgument("volume", text, "mount-key-of-other-type", propagation)
    copy = _NO_COPY not in options.split(",")
    return Mount(MountKind.VOLUME, source, target, read_only, copy=copy)


def parse_tmpfs_flag(text: str) -> Mount:
    """Read one `--tmpfs /target[:options]`; raises InvalidArgument."""
    target, _, options = text.partition(":")
    return Mount(MountKind.TMPFS, "", _target("tmpfs", text, target), options=_tmpfs_options(options))


def parse_mount_flag(text: str) -> Mount:
    """Read one `--mount type=…,source=…,target=…[,readonly]`; raises InvalidArgument naming what is wrong with it."""
    fields = _mount_fields(text)
    kind = _mount_kind(fields.pop("type", MountKind.VOLUME))
    target = _target("mount", text, fields.pop("target", ""))
    read_only = _truth(text, fields.pop("readonly", "false"))
    source = fields.pop("source", "")
    _check_source(text, kind, source)
    if foreign := sorted(set(fields) - _KEYS_OF[kind]):
        raise InvalidArgument("mount", text, "mount-key-of-other-type", foreign[0])
    propagation = fields.get("bind-propagation", "")
    if propagation and propagation not in _PROPAGATIONS:
        raise InvalidArgument("bind propagation", propagation, "not-one-of", ", ".join(_PROPAGATIONS))
    options = ",".join(
        f"{name.removeprefix('tmpfs-')}={fields[name]}" for name in sorted(fields) if "tmpfs-" in name
    )
    copy = not _truth(text, fields.get("volume-nocopy", "false"))
    return Mount(kind, source, target, read_only, propagation, _tmpfs_options(options), copy)


def _mount_kind(text: str) -> MountKind:
    if text not in set(MountKind):
        raise InvalidArgument("mount type", text, "not-one-of", ", ".join(MountKind))
    return MountKind(text)


def _mount_fields(text: str) -> dict[str, str]:
    """The fields of a line of CSV: `"source=/a,b"` has a comma in its value."""
    fields: dict[str, str] = {}
    for part in _parts(text):
        name, equals, value = part.partition("=")
        key = _MOUNT_KEYS.get(name)
        if key is None:
            raise InvalidArgument("mount option", name, "not-one-of", ", ".join(sorted(_MOUNT_KEYS)))
        if key in fields:
            raise InvalidArgument("mount", text, "mount-key-twice", key)
        fields[key] = value if equals else "true"
    return fields


def _parts(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error as error:
        raise InvalidArgument("mount", text, "reported", str(error)) from error


def _check_source(text: str, kind: MountKind, source: str) -> None:
    if kind is MountKind.BIND and not source.startswith("/"):
        raise InvalidArgument("mount", text, "mount-source")
    if kind is MountKind.TMPFS and source:
        raise InvalidArgument("mount", text, "tmpfs-source")
    if kind is MountKind.VOLUME and source:
        check_name("volume", source)


_MOUNT_KEYS = {
    "type": "type",
    "source": "source",
    "src": "source",
    "target": "target",
    "dst": "target",
    "destination": "target",
    "readonly": "readonly",
    "ro": "readonly",
    "bind-propagation": "bind-propagation",
    "volume-nocopy": "volume-nocopy",
    "tmpfs-size": "tmpfs-size",
    "tmpfs-mode": "tmpfs-mode",
}
_KEYS_OF = {
    MountKind.BIND: {"bind-propagation"},
    MountKind.VOLUME: {"volume-nocopy"},
    MountKind.TMPFS: {"tmpfs-size", "tmpfs-mode"},
}
_TMPFS_FLAGS = ("ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime", "relatime")
_TMPFS_VALUES = ("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks")


def _target(what: str, text: str, target: str) -> str:
    if not target.startswith("/") or posixpath.normpath(target).strip("/") == "":
        raise InvalidArgument(what, text, "mount-target")
    return target


def _truth(text: str, value: str) -> bool:
    if value not in {"true", "false", "1", "0"}:
        raise InvalidArgument("mount", text, "not-a-boolean", value)
    return value in {"true", "1"}


def _tmpfs_options(options: str) -> str:
    for option in filter(None, options.split(",")):
        name, equals, value = option.partition("=")
        if name not in (_TMPFS_VALUES if equals else _TMPFS_FLAGS) or (equals and not value):
            known = (*_TMPFS_FLAGS, *(f"{value}=" for value in _TMPFS_VALUES))
            raise InvalidArgument("tmpfs option", option, "not-one-of", ", ".join(known))
    return options


def _read_options(options: str) -> tuple[bool, str]:
    read_only, propagation = False, ""
    for option in filter(None, options.split(",")):
        if option == "ro":
            read_only = True
        elif option in _PROPAGATIONS:
            propagation = option
        elif option not in _ACCEPTED_OPTIONS:
            known = ("ro", *_ACCEPTED_OPTIONS, *_PROPAGATIONS)
            raise InvalidArgument("volume option", option, "not-one-of", ", ".join(known))
    return read_only, propagation
