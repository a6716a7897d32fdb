"""What goes wrong, in words and exit codes: the only place that has either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain import errors
from domain.errors import K3cError
from domain.names import SHORT_ID
from entrypoints.cli import problems
from entrypoints.cli.usage import UsageError

FAILED = 1
USAGE = 2
RUN_FAILED = 125
NOT_EXECUTABLE = 126
NOT_FOUND = 127
INTERRUPTED = 130
NOBODY_READS = 128 + 13

_COMMAND_CODES: dict[type[K3cError], int] = {
    errors.CommandNotExecutable: NOT_EXECUTABLE,
    errors.CommandNotFound: NOT_FOUND,
    errors.NoWorkingDirectory: NOT_FOUND,
}
_RUN_CODES: dict[type[K3cError], int] = {
    **_COMMAND_CODES,
    errors.NotHealthy: FAILED,  # the container was started: it is not k3c that failed
}


def run_code(error: K3cError) -> int:
    """The exit code of `run` for an error of k3c."""
    return _RUN_CODES.get(type(error), RUN_FAILED)


def command_code(error: K3cError) -> int:
    """The exit code of what else runs a command in a container: `exec`, `start -a`, `attach`."""
    return _COMMAND_CODES.get(type(error), FAILED)


def sentence(error: K3cError) -> str:
    """One line that names the thing and the way out; a failed build or probe also shows its output below.

    A problem that only a newer daemon knows comes out as its code and fields.
    """
    template = template_of(error)
    return str(error) if template is None else template.format(**error.fields(), **_phrases(error))


def template_of(error: K3cError) -> str | None:
    """The template for an error's class and problem; None for a problem without one."""
    if table := PROBLEMS.get(type(error)):
        return table.get(code_of(error))
    return PLAIN[type(error)]


def code_of(error: K3cError) -> str:
    """What is wrong as a code of `domain.problems`, "" for an error whose class says it all."""
    fields = error.fields()
    return fields.get("problem") or fields.get("feature", "")


def _holder_of_name(error: errors.AlreadyExists) -> str:
    return (
        f"another {error.kind}" if error.holder == error.name else f"{error.kind} {error.holder[:SHORT_ID]}"
    )


def _holder_of_port(error: errors.PortInUse) -> str:
    return f'container "{error.container}"' if error.container else error.process or "another process"


def _denied_thing(error: errors.PermissionDenied) -> str:
    return error.what if "/" in error.what else f"the {error.what}"


def _way_in(error: errors.PermissionDenied) -> str:
    if error.what == "daemon" and error.group == "root":
        return ": run it as root (`sudo k3c daemon`)"
    return f": you must be in the group {error.group!r}, or root" if error.group else ""


def _lines_below(text: str, heading: str = "") -> str:
    return f"{heading}\n{text.rstrip()}" if text.strip() else ""


def _phrases(error: K3cError) -> dict[str, str]:
    """What a template needs beside the fields: parts that are left out where a field is empty."""
    return {name: make(error) for name, make in PHRASES.get(type(error), {}).items()}


PHRASES: dict[type[K3cError], dict[str, Callable[[Any], str]]] = {
    errors.AlreadyExists: {"owner": _holder_of_name},
    errors.BuildFailed: {
        "place": lambda error: f"{error.location}: " if error.location else "",
        "lines": lambda error: _lines_below(error.excerpt),
    },
    errors.NotHealthy: {"probe": lambda error: _lines_below(error.output, "; output of the last probe:")},
    errors.PermissionDenied: {"thing": _denied_thing, "way": _way_in},
    errors.PortInUse: {"holder": _holder_of_port},
    errors.Unavailable: {"at": lambda error: f" at {error.address}" if error.address else ""},
    UsageError: {"guess": lambda error: f'. Did you mean "{error.detail}"?' if error.detail else ""},
    errors.Unsupported: {"flag": lambda error: error.detail.replace("_", "-")},
}
PROBLEMS: dict[type[K3cError], Mapping[Any, str]] = {
    errors.BuildFailed: problems.BUILD,
    errors.CommandNotExecutable: problems.COMMAND,
    errors.Conflict: problems.STATE,
    errors.InvalidArgument: problems.ARGUMENT,
    errors.NotHealthy: problems.HEALTH,
    errors.RuntimeFailed: problems.RUNTIME,
    errors.Unauthenticated: problems.ACCESS,
    errors.Unavailable: problems.SERVICE,
    errors.Unsupported: problems.FEATURE,
    UsageError: problems.USAGE,
}
PLAIN: dict[type[K3cError], str] = {
    errors.AlreadyExists: "the name {name!r} is already in use by {owner}: remove or rename that {kind}",
    errors.AmbiguousReference: "{kind} {reference!r} is ambiguous, it may be {matches}: give more of the ID",
    errors.NoWorkingDirectory: "no such folder in the container: {folder}",
    errors.CommandNotFound: "{command}: not found in the container: check its name and $PATH",
    errors.InUse: "{kind} {reference} is in use by container {user!r}: remove that container first",
    errors.MountSourceMissing: "the mount source {path} does not exist: create it first",
    errors.NotFound: "no such {kind}: {reference}",
    errors.PermissionDenied: "permission denied on {thing}{way}",
    errors.PortInUse: "port {address} is already allocated ({holder}): stop that one, or publish another port",
}
