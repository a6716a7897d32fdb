"""The runtime as the writer of logs."""

from __future__ import annotations

import grpc

from adapters.cri.errors import Subject, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub
from domain.errors import NotFound, RuntimeFailed

_QUICK = 30.0
_NOT_RUNNING = "is not running"


class CriLogWriters:
    """application.ports.logs.LogWriters."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = RuntimeServiceStub(channel)

    async def reopen(self, runtime_id: str) -> None:
        """Call ReopenContainerLog."""
        try:
            with translated(Subject("container", runtime_id)):
                request = cri.ReopenContainerLogRequest(container_id=runtime_id)
                await self._stub.ReopenContainerLog(request, timeout=_QUICK)
        except RuntimeFailed as error:
            if _NOT_RUNNING in error.problem:
                raise NotFound("container", runtime_id) from error
            raise
