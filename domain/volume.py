"""Volumes, and what is mounted into a container."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.errors import InvalidArgument
from domain.names import check_name


class MountKind(StrEnum):
    """Where a mount's files come from."""

    BIND = "bind"
    VOLUME = "volume"


@dataclass(frozen=True)
class Mount:
    """`source` (an absolute path, or a volume's name; "" for an anonymous volume) seen at `target`."""

    kind: MountKind
    source: str
    target: str
    read_only: bool = False
    propagation: str = ""


@dataclass(frozen=True)
class Volume:
    """A folder that outlives containers. `path` is where its files are on this machine."""

    name: str
    path: str
    created_at: datetime
    labels: dict[str, str] = field(default_factory=dict)
    anonymous: bool = False


_PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave")
_ACCEPTED_OPTIONS = ("rw", "z", "Z", "cached", "delegated", "consistent", "nocopy")
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
    read_only, propagation = _read_options(text, parts[2] if len(parts) == 3 else "")
    if source.startswith("/"):
        return Mount(MountKind.BIND, source, target, read_only, propagation)
    if source:
        check_name("volume", source)
    return Mount(MountKind.VOLUME, source, target, read_only, propagation)


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
