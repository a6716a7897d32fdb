"""CRI's errors as domain errors.

CRI has gRPC codes, but most failures are UNKNOWN with a text. The known texts are those of runc and
containerd; all of them are in `_TEXTS` and in adapters/oci_runtime.py. A failure with an unknown text is a
RuntimeFailed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from adapters.oci_runtime import command_error
from domain.errors import (
    InvalidArgument,
    K3cError,
    NotFound,
    PortInUse,
    RuntimeFailed,
    Unavailable,
    Unsupported,
)
from domain.network import PortBinding

SERVICE = "container runtime"


@dataclass(frozen=True)
class Subject:
    """What a call is about: a thing, and those of its properties that an error may be about."""

    kind: str
    reference: str
    user: str = ""
    ports: tuple[PortBinding, ...] = ()

    def port(self, host_port: str) -> str:
        """Return the published address that has this port."""
        return next((str(port) for port in self.ports if str(port.host_port) == host_port), host_port)


_TEXTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Subject], K3cError]], ...] = (
    (
        re.compile(r"no (?P<what>user|group)s found"),
        lambda found, about: InvalidArgument("user", about.user, "not-in-image", found["what"]),
    ),
    (
        re.compile(r"stat /?(?P<file>etc/(?:passwd|group)): (?:file does not exist|no such file)"),
        lambda found, about: InvalidArgument("user", about.user, "no-file-in-image", f"/{found['file']}"),
    ),
    (
        re.compile(r'no runtime for "(?P<name>[^"]*)" is configured'),
        lambda found, _: InvalidArgument("runtime", found["name"], "no-such-runtime"),
    ),
    (
        re.compile(r'failed to write "(?P<cpus>[^"]*)": write \S*/cpuset\.(?:cpus|mems): '),
        lambda found, _: InvalidArgument("cpuset", found["cpus"], "cpuset-elsewhere"),
    ),
    (
        re.compile(r'failed to write "(?P<value>[^"]*)": write \S*/(?P<file>[\w.]+): (?P<why>[^:]+)$'),
        lambda found, _: InvalidArgument(found["file"], found["value"], "reported", found["why"]),
    ),
    (
        re.compile(r"apparmor is not supported"),
        lambda _found, _: Unsupported("apparmor", "this machine"),
    ),
    (
        re.compile(r"apparmor profile not found (?P<name>.+)"),
        lambda found, _: InvalidArgument("AppArmor profile", found["name"], "unknown"),
    ),
    (
        re.compile(r'path "(?P<path>[^"]+)" is mounted on "(?P<on>[^"]+)" but it is not a shared '),
        lambda found, _: InvalidArgument("bind mount", found["path"], "mount-not-shared", found["on"]),
    ),
    (
        re.compile(r'find sandbox id "(?P<id>\w+)": not found'),
        lambda found, _: NotFound("sandbox", found["id"]),
    ),
    (
        # CRI-O's; containerd's portmap plugin does not look whether a port is taken.
        re.compile(r"hostport (?P<port>\d+) for pod .*address already in use"),
        lambda found, about: PortInUse(about.port(found["port"]), "", ""),
    ),
)
_RESERVED = re.compile(r'name ".*" is reserved for')


def _from_code(code: grpc.StatusCode, text: str, about: Subject) -> K3cError:
    unavailable = Unavailable(SERVICE, "", "reported", text)
    kinds: dict[grpc.StatusCode, K3cError] = {
        grpc.StatusCode.NOT_FOUND: NotFound(about.kind, about.reference),
        grpc.StatusCode.UNAVAILABLE: unavailable,
        grpc.StatusCode.DEADLINE_EXCEEDED: unavailable,
        grpc.StatusCode.CANCELLED: unavailable,
        grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument(about.kind, about.reference, "reported", text),
        grpc.StatusCode.UNIMPLEMENTED: Unsupported("reported", SERVICE, text),
    }
    return kinds.get(code, RuntimeFailed(SERVICE, "reported", text))


def from_rpc(error: grpc.aio.AioRpcError, about: Subject) -> K3cError:
    """Return the domain error for a failed call: by its text if the text is known, else by its code."""
    text = error.details() or error.code().name
    if about_command := command_error(text):
        return about_command
    for pattern, make in _TEXTS:
        if found := pattern.search(text):
            return make(found, about)
    return _from_code(error.code(), text, about)


@contextmanager
def translated(about: Subject) -> Iterator[None]:
    """Raise the domain error for a gRPC error of the block."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error, about) from error


def name_is_reserved(error: K3cError) -> bool:
    """Return whether a pod of the same name, uid and attempt exists, or half exists."""
    return isinstance(error, RuntimeFailed) and _RESERVED.search(error.detail) is not None
