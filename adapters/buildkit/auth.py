"""`moby.filesync.v1.Auth`: the caller's credentials, when a registry wants some."""

from __future__ import annotations

import grpc

from adapters.buildkit.calls import Call, CallFailed, Handler, unary
from adapters.buildkit.proto.auth_pb2 import CredentialsRequest, CredentialsResponse
from application.ports.image_builder import CredentialsFor

CREDENTIALS = "/moby.filesync.v1.Auth/Credentials"
TOKEN_AUTHORITY = "/moby.filesync.v1.Auth/GetTokenAuthority"  # noqa: S105 - the name of a method

_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.docker.io"})


def registry(host: str) -> str:
    """The registry as references name it: docker.io goes by several hosts and one URL."""
    bare = host.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return "docker.io" if bare in _DOCKER_HUB else bare


def handlers(credentials: CredentialsFor) -> dict[str, Handler]:
    """The methods the daemon may call.

    With no token authority it asks for the credentials themselves, and fetches its tokens with them.
    """

    async def answer(request: bytes) -> bytes:
        found = await credentials(registry(CredentialsRequest.FromString(request).Host))
        if found is None:
            return CredentialsResponse().SerializeToString()
        return CredentialsResponse(Username=found.username, Secret=found.secret).SerializeToString()

    return {CREDENTIALS: unary(answer), TOKEN_AUTHORITY: _no_authority}


async def _no_authority(_call: Call) -> None:
    raise CallFailed(grpc.StatusCode.UNAVAILABLE, "no token authority here")
