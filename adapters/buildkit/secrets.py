"""`moby.buildkit.secrets.v1.Secrets`: what steps mount with `RUN --mount=type=secret`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import grpc

from adapters.buildkit.calls import CallFailed, Handler, unary
from adapters.buildkit.proto.secrets_pb2 import GetSecretRequest, GetSecretResponse
from domain.build import BuildSecret

GET = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
LARGEST = 500 * 1024
"""The most bytes of a secret, as buildctl has it."""


def handlers(secrets: Mapping[str, BuildSecret]) -> dict[str, Handler]:
    """Return the method that the daemon may call; a secret's file is read at each call."""

    async def answer(request: bytes) -> bytes:
        name = GetSecretRequest.FromString(request).ID
        if name not in secrets:
            raise CallFailed(grpc.StatusCode.NOT_FOUND, f"secret {name} not found")
        data = await asyncio.to_thread(_content, name, secrets[name])
        return GetSecretResponse(data=data).SerializeToString()

    return {GET: unary(answer)}


def _content(name: str, secret: BuildSecret) -> bytes:
    if secret.path is None:
        data = secret.value
    else:
        try:
            with secret.path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            reason = f"secret {name}: {error.strerror or error}"
            raise CallFailed(grpc.StatusCode.FAILED_PRECONDITION, reason) from error
    if len(data) > LARGEST:
        raise CallFailed(
            grpc.StatusCode.INVALID_ARGUMENT, f"secret {name} is larger than {LARGEST // 1024} KB"
        )
    return data
