"""What the daemon stands on, on the wire."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import system_pb2 as pb


def components_to_wire(versions: dict[str, str]) -> list[pb.Component]:
    """Map the names of components and their versions."""
    return [pb.Component(name=name, version=version) for name, version in versions.items()]
