"""containerd's errors as domain errors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc

from domain.errors import InvalidArgument, K3cError, NotFound, RuntimeFailed, Unauthenticated, Unavailable
from domain.image import ImageReference

SERVICE = "containerd"
_LONGEST = 300

# A transfer's failures come as UNKNOWN with text, so text is all there is to go by.
_REF = re.compile(r'failed commit on ref "(?P<ref>[^"]+)"')
_REGISTRY_KINDS: tuple[tuple[str, Callable[[ImageReference, str], K3cError]], ...] = (
    (
        r"\b401\b|unauthorized|authorization failed|insufficient_scope",
        lambda name, _: Unauthenticated(name.registry, "unauthorized"),
    ),
    (r"\b403\b|access denied|denied:", lambda name, _: Unauthenticated(name.registry, "forbidden")),
    (r"not found|\b404\b|manifest unknown", lambda name, _: NotFound("image", name.familiar)),
    (
        r"no such host|server misbehaving",
        lambda name, _: Unavailable("registry", name.registry, "no-such-host"),
    ),
    (r"connection refused", lambda name, _: Unavailable("registry", name.registry, "refused")),
    (
        r"http: server gave HTTP response",
        lambda name, _: Unavailable("registry", name.registry, "wants-https"),
    ),
    (
        r"timeout|deadline exceeded|connection reset|no route to host"
        r"|network is unreachable|\bEOF\b|\b429\b|\b50[0-9]\b"
        r"|tls:|x509:|\blookup ",
        lambda name, text: Unavailable("registry", name.registry, "reported", text),
    ),
)
# What a user chose, and where it was looked for, must not be read as a verdict: an image may be called
# `denied`, and a registry listen on port 401.
_URL = re.compile(r'https?://[^\s"]+?(?=:?[\s"]|$)')
_ADDRESS = re.compile(r"(?:\d+\.){3}\d+:\d+|\[[0-9a-f:]+\]:\d+|sha256:[0-9a-f]+")
_UNREACHABLE = re.compile(r"unix:(?P<path>/[^:\s]+)")


def registry_error(error: grpc.aio.AioRpcError, name: ImageReference) -> K3cError:
    """Map a failed pull or push of an image."""
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return _unavailable(error)
    if ref := refused_ref(error):
        return Unavailable("registry", name.registry, "wrong-content", ref.partition("-")[2])
    verdict = _verdict(_text(error), name)
    for pattern, kind in _REGISTRY_KINDS:
        if re.search(pattern, verdict, re.IGNORECASE):
            return kind(name, _text(error).rpartition(": ")[2])
    return RuntimeFailed(SERVICE, "reported", _text(error))


def refused_ref(error: grpc.aio.AioRpcError) -> str:
    """Return the name under which content was written that is not what its digest or size says, "" for none."""
    found = _REF.search(error.details() or "")
    return found["ref"] if found else ""


def archive_error(error: grpc.aio.AioRpcError, name: ImageReference) -> K3cError:
    """Map a failed import: containerd is gone, or the archive is no image."""
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return _unavailable(error)
    return InvalidArgument("image archive", name.familiar, "reported", _text(error))


@asynccontextmanager
async def translated(kind: str = "", reference: str = "") -> AsyncIterator[None]:
    """Raise NotFound of the named thing, Unavailable or RuntimeFailed for a gRPC error in the block."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND and kind:
            raise NotFound(kind, reference) from error
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            raise _unavailable(error) from error
        raise RuntimeFailed(SERVICE, "reported", _text(error)) from error


def _unavailable(error: grpc.aio.AioRpcError) -> Unavailable:
    """Map a connection error.

    The text names the socket where nothing listened, but not where a connection was lost.
    """
    text = _text(error)
    found = _UNREACHABLE.search(text)
    address = f"unix://{found['path']}" if found else ""
    return Unavailable(SERVICE, address, "reported", text.rpartition(": ")[2])


def _verdict(text: str, name: ImageReference) -> str:
    """Return the text without URLs, the image's names and addresses: in this order, as each may contain the next."""
    text = _URL.sub(" ", text)
    for part in (str(name), name.repository, f"repository:{name.path}"):
        text = text.replace(part, " ")
    return _ADDRESS.sub(" ", text)


def _text(error: grpc.aio.AioRpcError) -> str:
    return " ".join((error.details() or error.code().name).split())[-_LONGEST:]
