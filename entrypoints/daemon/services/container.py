"""k3c.v1.ContainerService."""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.api.k3c.v1 import container_pb2_grpc
from entrypoints.daemon.services.container_files import ContainerFileTransfer
from entrypoints.daemon.services.container_inspection import ContainerInspection
from entrypoints.daemon.services.container_lifecycle import ContainerLifecycle


@dataclass(frozen=True)
class ContainerService(
    ContainerLifecycle,
    ContainerInspection,
    ContainerFileTransfer,
    container_pb2_grpc.ContainerServiceServicer,
):
    """Reads requests, calls use cases and writes responses; the methods are in the three modules that it joins."""
