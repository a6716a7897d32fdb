"""What goes wrong, in words and exit codes: the only place that has either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import errors
from domain.errors import K3cError
from domain.names import SHORT_ID

FAILED = 1
USAGE = 2
RUN_FAILED = 125
NOT_EXECUTABLE = 126
NOT_FOUND = 127
INTERRUPTED = 130

_RUN_CODES: dict[type[K3cError], int] = {
    errors.CommandNotExecutable: NOT_EXECUTABLE,
    errors.CommandNotFound: NOT_FOUND,
    errors.NotHealthy: FAILED,  # the container was started: it is not k3c that failed
}


def run_code(error: K3cError) -> int:
    """The exit code of `run` and its like for an error of k3c."""
    return _RUN_CODES.get(type(error), RUN_FAILED)


def sentence(error: K3cError) -> str:
    """One line that names the thing and the way out; a failed build also shows its place."""
    return _SENTENCES[type(error)](error)


def _invalid(error: errors.InvalidArgument) -> str:
    return f"{error.what} {error.value!r}: {error.problem}"


def _ambiguous(error: errors.AmbiguousReference) -> str:
    return f"{error.kind} {error.reference!r} is ambiguous, it may be {error.matches}: give more of the id"


def _not_found(error: errors.NotFound) -> str:
    return f"no such {error.kind}: {error.reference}"


def _exists(error: errors.AlreadyExists) -> str:
    holder = f"{error.kind} {error.holder[:SHORT_ID]}"
    return f"the name {error.name!r} is in use by {holder}: remove or rename that {error.kind}"


def _port(error: errors.PortInUse) -> str:
    holder = f'container "{error.container}"' if error.container else error.process or "another process"
    return f"port {error.address} is already held by {holder}"


def _unavailable(error: errors.Unavailable) -> str:
    if error.service == "daemon":
        return f"the daemon is not running at {error.address}: start it with `k3c daemon` (as root)"
    at = f" at {error.address}" if error.address else ""
    return f"{error.service}{at} does not answer: {error.problem}"


def _denied(error: errors.PermissionDenied) -> str:
    if error.what == "the daemon" and error.group == "root":
        return "the daemon must be run as root: try sudo k3c daemon"
    way = f": you need to be in the group {error.group!r} (or root)" if error.group else ""
    return f"permission denied on {error.what}{way}"


def _build(error: errors.BuildFailed) -> str:
    place = f"{error.location}: " if error.location else ""
    return f"build failed: {place}{error.problem}" + (f"\n{error.excerpt}" if error.excerpt else "")


def _not_healthy(error: errors.NotHealthy) -> str:
    output = f": the last probe said\n{error.output.rstrip()}" if error.output.strip() else ""
    return f"container {error.container}: {error.problem}{output}"


def _unauthenticated(error: errors.Unauthenticated) -> str:
    way = f"log in with `docker login {error.registry}`, or check the name"
    return f"registry {error.registry} refuses access (401): {way}"


_SENTENCES: dict[type[K3cError], Callable[[Any], str]] = {
    errors.InvalidArgument: _invalid,
    errors.AmbiguousReference: _ambiguous,
    errors.MountSourceMissing: lambda error: f"the mount source {error.path} does not exist: create it first",
    errors.NotFound: _not_found,
    errors.AlreadyExists: _exists,
    errors.Conflict: lambda error: f"{error.kind} {error.reference}: {error.problem}",
    errors.PortInUse: _port,
    errors.InUse: lambda error: f"{error.kind} {error.reference} is in use by container {error.user!r}",
    errors.CommandNotFound: lambda error: f"{error.command}: not found in the container",
    errors.CommandNotExecutable: lambda error: f"{error.command}: cannot be executed: {error.problem}",
    errors.Unavailable: _unavailable,
    errors.Unauthenticated: _unauthenticated,
    errors.PermissionDenied: _denied,
    errors.Unsupported: lambda error: f"{error.where} does not support {error.what}",
    errors.NotHealthy: _not_healthy,
    errors.BuildFailed: _build,
    errors.RuntimeFailed: lambda error: f"{error.service}: {error.problem}",
}
