"""The version of buildkitd."""

from __future__ import annotations

import grpc

from adapters.buildkit.proto.control_pb2 import InfoRequest
from adapters.buildkit.proto.control_pb2_grpc import ControlStub
from domain.errors import Unavailable

_TIMEOUT = 5.0


async def buildkitd_version(channel: grpc.aio.Channel) -> str:
    """Ask buildkitd for its version, such as `v0.32.2`. Raises Unavailable."""
    try:
        info = await ControlStub(channel).Info(InfoRequest(), timeout=_TIMEOUT)
    except grpc.aio.AioRpcError as error:
        raise Unavailable("buildkitd", "", error.details() or error.code().name) from error
    return str(info.buildkitVersion.version)
