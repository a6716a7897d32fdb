"""Files of containers on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from application.ports.files import PathStat
from entrypoints.api.k3c.v1 import container_pb2 as pb


def stat_to_wire(stat: PathStat) -> pb.PathStat:
    """Map what is at a path."""
    return pb.PathStat(exists=stat.exists, is_folder=stat.is_folder, link_target=stat.link_target)


def changes_to_wire(changes: Iterable[tuple[str, str]]) -> pb.DiffResponse:
    """Map kinds (A, C, D) and paths."""
    return pb.DiffResponse(changes=[pb.DiffResponse.Change(kind=kind, path=path) for kind, path in changes])


def copied_to_wire(part: PathStat | bytes) -> pb.CopyFromResponse:
    """Map what is at a path, or a chunk of its tar stream."""
    if isinstance(part, PathStat):
        return pb.CopyFromResponse(stat=stat_to_wire(part))
    return pb.CopyFromResponse(tar=part)
