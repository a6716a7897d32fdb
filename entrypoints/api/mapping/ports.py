"""Published ports on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from domain.network import PortBinding
from entrypoints.api.k3c.v1 import spec_pb2 as pb


def port_to_wire(port: PortBinding) -> pb.PortBinding:
    """Map a published port."""
    return pb.PortBinding(
        container_port=port.container_port,
        protocol=port.protocol,
        host_address=port.host_address,
        host_port=port.host_port,
        host_last=port.host_last,
    )


def ports_from_wire(ports: Iterable[pb.PortBinding]) -> tuple[PortBinding, ...]:
    """Map published ports."""
    return tuple(
        PortBinding(port.container_port, port.protocol, port.host_address, port.host_port, port.host_last)
        for port in ports
    )
