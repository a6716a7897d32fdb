"""Which buildkitd it is."""

from __future__ import annotations

import grpc

from adapters.buildkit.proto.control_pb2 import InfoRequest
from adapters.buildkit.proto.control_pb2_grpc import ControlStub
from domain.errors import Unavailable

_PATIENCE = 5.0


async def buildkitd_version(channel: grpc.aio.Channel) -> str:
    """Its version, `v0.32.2`. Raises Unavailable."""
    try:
        told = await ControlStub(channel).Info(InfoRequest(), timeout=_PATIENCE)
    except grpc.aio.AioRpcError as error:
        raise Unavailable("buildkitd", "", "reported", error.details() or error.code().name) from error
    return str(told.buildkitVersion.version)
