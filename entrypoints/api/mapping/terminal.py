"""Sizes of terminals on the wire."""

from __future__ import annotations

from domain.streams import TerminalSize
from entrypoints.api.k3c.v1 import stream_pb2 as pb


def size_to_wire(size: TerminalSize) -> pb.TerminalSize:
    """Map the size of a terminal."""
    return pb.TerminalSize(rows=size.rows, columns=size.columns)


def size_from_wire(size: pb.TerminalSize) -> TerminalSize:
    """Map the size of a terminal."""
    return TerminalSize(size.rows, size.columns)
