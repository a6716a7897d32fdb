"""Filters of lists and of events, on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from entrypoints.api.k3c.v1 import filter_pb2 as pb


def filters_to_wire(pairs: Iterable[tuple[str, str]]) -> list[pb.Filter]:
    """Map pairs of key and value."""
    return [pb.Filter(key=key, value=value) for key, value in pairs]


def filters_from_wire(filters: Iterable[pb.Filter]) -> tuple[tuple[str, str], ...]:
    """Map to pairs of key and value."""
    return tuple((condition.key, condition.value) for condition in filters)
