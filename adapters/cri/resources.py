"""Limits of running containers through CRI."""

from __future__ import annotations

import grpc

from adapters.cri import mapping
from adapters.cri.errors import Subject, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub
from domain.spec import Resources

_QUICK = 30.0


class CriContainerResources:
    """application.ports.runtime.ContainerResources."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = RuntimeServiceStub(channel)

    async def update(self, runtime_id: str, resources: Resources) -> None:
        """Call UpdateContainerResources, which does not change what is not stated."""
        request = cri.UpdateContainerResourcesRequest(
            container_id=runtime_id, linux=mapping.linux_resources(resources)
        )
        with translated(Subject("container", runtime_id)):
            await self._stub.UpdateContainerResources(request, timeout=_QUICK)
