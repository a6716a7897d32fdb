"""BuildKit's errors as domain errors.

Most failures have the code UNKNOWN. Their `grpc-status-details-bin` holds Anys with JSON values, of which
`errdefs.Source` says where in the Dockerfile. Only the text says why a base image was not found.
"""

from __future__ import annotations

import base64
import json
import os
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status

from adapters.buildkit.walker import FileChanged
from domain.errors import (
    BuildFailed,
    InvalidArgument,
    K3cError,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from domain.image import ImageReference
from domain.problems import BuildProblem

_BUILDER = "image builder"
_SOURCE = "github.com/moby/buildkit/errdefs.Source+json"
_AROUND = 2  # lines of an excerpt before and after what failed

_BASE_IMAGE = re.compile(r"failed to resolve source metadata for (?P<image>\S+): (?P<why>.*)", re.DOTALL)
_REASONS: tuple[tuple[re.Pattern[str], Callable[[str, str, str], K3cError]], ...] = (
    (
        re.compile(r"\b401\b|insufficient_scope|authorization failed|authentication required|access denied"),
        lambda _image, host, _why: Unauthenticated(host, "unauthorized"),
    ),
    (re.compile(r"\b403\b"), lambda _image, host, _why: Unauthenticated(host, "forbidden")),
    (re.compile(r"no such host"), lambda _image, host, _why: Unavailable("registry", host, "no-such-host")),
    (re.compile(r"connection refused"), lambda _image, host, _why: Unavailable("registry", host, "refused")),
    (
        re.compile(r"failed to do request|dial tcp|i/o timeout|connection refused|\b50[0-9]\b"),
        lambda _image, host, why: Unavailable("registry", host, "reported", why),
    ),
    (re.compile(r"not found\s*$"), lambda image, _host, _why: NotFound("image", image)),
)
_CODES: dict[grpc.StatusCode, Callable[[str], K3cError]] = {
    grpc.StatusCode.UNAVAILABLE: lambda text: Unavailable(_BUILDER, "", "reported", text),
    grpc.StatusCode.UNIMPLEMENTED: lambda _text: Unsupported("build", _BUILDER),
    grpc.StatusCode.PERMISSION_DENIED: lambda _text: PermissionDenied(_BUILDER, ""),
}


def translated(error: Exception) -> Exception:
    """Return the domain error for what ended a build; an error that is not BuildKit's is returned as it is."""
    if isinstance(error, FileChanged):
        problem: BuildProblem = "context-unreadable" if error.reason else "context-changed"
        return BuildFailed(problem, os.fsdecode(error.path), "", error.reason)
    if isinstance(error, grpc.aio.AioRpcError):
        return _of_call(error)
    return error


def _of_call(error: grpc.aio.AioRpcError) -> K3cError:
    text = error.details() or error.code().name
    if base := _of_base_image(text):
        return base
    by_code = _CODES.get(error.code())
    if by_code is not None:
        return by_code(text)
    if text.startswith("no active session"):
        return Unavailable(_BUILDER, "", "reported", text)
    place = next(_places(error), _Place("", ""))
    return BuildFailed("reported", place.location, place.excerpt, text)


def _of_base_image(text: str) -> K3cError | None:
    found = _BASE_IMAGE.search(text)
    if found is None:
        return None
    host = _registry(found["image"])
    for pattern, make in _REASONS:
        if pattern.search(found["why"]):
            return make(found["image"], host, found["why"])
    return None


def _registry(image: str) -> str:
    try:
        return ImageReference.parse(image).registry
    except InvalidArgument:
        return image.partition("/")[0]


@dataclass(frozen=True)
class _Place:
    location: str
    excerpt: str


def _places(error: grpc.aio.AioRpcError) -> Iterator[_Place]:
    """Return where in a Dockerfile a build failed, the innermost place first."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            yield from _described(value)


def _described(details: bytes) -> Iterator[_Place]:
    try:
        status = Status.FromString(details)
    except DecodeError:
        return
    for detail in status.details:
        if detail.type_url == _SOURCE:
            yield from _place(detail.value)


def _place(value: bytes) -> Iterator[_Place]:
    try:
        source = json.loads(value)
        name = posixpath.basename(source["info"]["filename"])
        text = base64.b64decode(source["info"].get("data", "")).decode(errors="replace")
        ranges = [
            (each["start"]["line"], each.get("end", each["start"])["line"]) for each in source["ranges"]
        ]
        first, last = min(start for start, _ in ranges), max(end for _, end in ranges)
    except (ValueError, KeyError, TypeError, AttributeError):  # of another version, or without a place
        return
    yield _Place(f"{name}:{first}", excerpt(text, first, last))


def excerpt(text: str, first: int, last: int) -> str:
    """Return numbered lines around `first` to `last` (from 1), which are marked with `>>>`."""
    lines = text.removesuffix("\n").split("\n")
    shown = range(max(1, first - _AROUND), min(len(lines), last + _AROUND) + 1)
    marks = {number: ">>>" if first <= number <= last else "   " for number in shown}
    return "\n".join(f"{number:4} | {mark} {lines[number - 1]}".rstrip() for number, mark in marks.items())
