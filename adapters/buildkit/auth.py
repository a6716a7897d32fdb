"""`moby.filesync.v1.Auth`: the caller's credentials, for registries that ask for them."""

from __future__ import annotations

import grpc

from adapters.buildkit.calls import Call, CallFailed, Handler, unary
from adapters.buildkit.proto.auth_pb2 import CredentialsRequest, CredentialsResponse
from application.ports.image_builder import CredentialsFor

CREDENTIALS = "/moby.filesync.v1.Auth/Credentials"
TOKEN_AUTHORITY = "/moby.filesync.v1.Auth/GetTokenAuthority"  # noqa: S105 - the name of a method

_DOCKER_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.docker.io"})


def registry(host: str) -> str:
    """Return a registry's name as references have it: docker.io goes by several hosts and a URL."""
    bare = host.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return "docker.io" if bare in _DOCKER_HUB else bare


def handlers(credentials: CredentialsFor) -> dict[str, Handler]:
    """Return the methods that the daemon may call.

    Without a token authority, the daemon asks for the credentials themselves and fetches its tokens with
    them.
    """

    async def answer(request: bytes) -> bytes:
        found = await credentials(registry(CredentialsRequest.FromString(request).Host))
        if found is None:
            return CredentialsResponse().SerializeToString()
        return CredentialsResponse(Username=found.username, Secret=found.secret).SerializeToString()

    return {CREDENTIALS: unary(answer), TOKEN_AUTHORITY: _no_authority}


async def _no_authority(_call: Call) -> None:
    raise CallFailed(grpc.StatusCode.UNAVAILABLE, "no token authority here")
