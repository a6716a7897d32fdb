"""Volumes, and what is mounted into a container."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from domain.errors import InvalidArgument
from domain.names import check_name


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
_VOLUME_FORM = "use [source:]target[:ro], the target an absolute path"


def parse_volume_flag(text: str) -> Mount:
    """Read one `-v`: `/host:/ctr[:ro]`, `name:/ctr`, `/ctr` (anonymous); raises InvalidArgument.

    A relative source must have been made absolute by the caller, who alone knows its working directory.
    """
    parts = text.split(":")
    if len(parts) > 3 or not all(parts):
        raise _malformed(text, _VOLUME_FORM)
    source, target = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    if not target.startswith("/") or posixpath.normpath(target).strip("/") == "":
        raise _malformed(text, "the target must be an absolute path other than /")
    options = parts[2] if len(parts) == 3 else ""
    read_only, propagation = _read_options(text, options)
    if source.startswith("/"):
        return Mount(MountKind.BIND, source, target, read_only, propagation)
    if source:
        check_name("volume", source)
    copy = _NO_COPY not in options.split(",")
    return Mount(MountKind.VOLUME, source, target, read_only, propagation, copy=copy)


def parse_tmpfs_flag(text: str) -> Mount:
    """Read one `--tmpfs /target[:options]`; raises InvalidArgument."""
    target, _, options = text.partition(":")
    return Mount(MountKind.TMPFS, "", _target("tmpfs", text, target), options=_tmpfs_options(text, options))


def parse_mount_flag(text: str) -> Mount:
    """Read one `--mount type=…,source=…,target=…[,readonly]`; raises InvalidArgument naming what is wrong with it."""
    fields = _mount_fields(text)
    try:
        kind = MountKind(fields.pop("type", MountKind.VOLUME))
    except ValueError as error:
        raise InvalidArgument("mount", text, "the type is bind, volume or tmpfs") from error
    target = _target("mount", text, fields.pop("target", ""))
    read_only = _truth(text, fields.pop("readonly", "false"))
    source = fields.pop("source", "")
    _check_source(text, kind, source)
    if foreign := sorted(set(fields) - _KEYS_OF[kind]):
        raise InvalidArgument("mount", text, f"{foreign[0]} does not go with type={kind}")
    propagation = fields.get("bind-propagation", "")
    if propagation and propagation not in _PROPAGATIONS:
        raise InvalidArgument("mount", text, f"{propagation!r} is no propagation")
    options = ",".join(
        f"{name.removeprefix('tmpfs-')}={fields[name]}" for name in sorted(fields) if "tmpfs-" in name
    )
    copy = not _truth(text, fields.get("volume-nocopy", "false"))
    return Mount(kind, source, target, read_only, propagation, _tmpfs_options(text, options), copy)


def _mount_fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        key = _MOUNT_KEYS.get(name)
        if key is None:
            known = ", ".join(sorted(_MOUNT_KEYS))
            raise InvalidArgument("mount", text, f"{name!r} is not one of {known}")
        if key in fields:
            raise InvalidArgument("mount", text, f"{key} is given twice")
        fields[key] = value if equals else "true"
    return fields


def _check_source(text: str, kind: MountKind, source: str) -> None:
    if kind is MountKind.BIND and not source.startswith("/"):
        raise InvalidArgument("mount", text, "a bind mount wants an absolute source")
    if kind is MountKind.TMPFS and source:
        raise InvalidArgument("mount", text, "a tmpfs has no source")
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
        raise InvalidArgument(what, text, "the target must be an absolute path other than /")
    return target


def _truth(text: str, value: str) -> bool:
    if value not in {"true", "false", "1", "0"}:
        raise InvalidArgument("mount", text, f"{value!r} is neither true nor false")
    return value in {"true", "1"}


def _tmpfs_options(text: str, options: str) -> str:
    for option in filter(None, options.split(",")):
        name, equals, value = option.partition("=")
        if name not in (_TMPFS_VALUES if equals else _TMPFS_FLAGS) or (equals and not value):
            raise InvalidArgument("tmpfs", text, f"{option!r} is not an option of a tmpfs")
    return options


def _read_options(text: str, options: str) -> tuple[bool, str]:
    read_only, propagation = False, ""
    for option in filter(None, options.split(",")):
        if option == "ro":
            read_only = True
        elif option in _PROPAGATIONS:
            propagation = option
        elif option not in _ACCEPTED_OPTIONS:
            raise _malformed(text, f"{option!r} is not an option of -v")
    return read_only, propagation


def _malformed(text: str, problem: str) -> InvalidArgument:
    return InvalidArgument("volume", text, problem)
