"""The version of containerd."""

from __future__ import annotations

import grpc
from google.protobuf.empty_pb2 import Empty

from adapters.containerd.errors import translated
from adapters.containerd.proto.version_pb2_grpc import VersionStub

_TIMEOUT = 5.0


async def containerd_version(channel: grpc.aio.Channel) -> str:
    """Ask containerd for its version, such as `v2.3.4`. Raises Unavailable."""
    async with translated():
        return str((await VersionStub(channel).Version(Empty(), timeout=_TIMEOUT)).version)
