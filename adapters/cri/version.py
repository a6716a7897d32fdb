"""The version of the container runtime, by CRI."""

from __future__ import annotations

import grpc

from adapters.cri.errors import SERVICE, Subject, translated
from adapters.cri.proto import api_pb2 as cri
from adapters.cri.proto.api_pb2_grpc import RuntimeServiceStub

_TIMEOUT = 5.0


async def runtime_version(channel: grpc.aio.Channel) -> str:
    """Ask the runtime for its version, such as `v2.3.4`; it answers once all of CRI does. Raises Unavailable."""
    with translated(Subject(SERVICE, "")):
        answer = await RuntimeServiceStub(channel).Version(cri.VersionRequest(), timeout=_TIMEOUT)
    return str(answer.runtime_version)
