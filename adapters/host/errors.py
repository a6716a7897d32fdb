"""The kernel's errors as domain errors."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import InvalidArgument, K3cError, PortInUse, RuntimeFailed
from domain.network import PortBinding
from domain.problems import ArgumentProblem

_CANNOT_BIND: dict[int, ArgumentProblem] = {
    errno.EACCES: "port-privileged",
    errno.EPERM: "port-privileged",
    errno.EADDRNOTAVAIL: "port-address-elsewhere",
    errno.EAFNOSUPPORT: "port-address-family",
    errno.EPROTONOSUPPORT: "port-protocol",
    errno.ESOCKTNOSUPPORT: "port-protocol",
}


def cannot_bind(error: OSError, binding: PortBinding, process: str) -> K3cError:
    """Return why a port cannot be published: PortInUse, or InvalidArgument."""
    if error.errno == errno.EADDRINUSE:
        return PortInUse(str(binding), "", process)
    problem = _CANNOT_BIND.get(error.errno or 0, "reported")
    return InvalidArgument("published port", str(binding), problem, error.strerror or str(error))


@contextmanager
def translated(service: str, path: str) -> Iterator[None]:
    """Raise RuntimeFailed with the path and the text of the kernel, or of the decompressor."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        text = getattr(error, "strerror", None) or str(error)
        place = getattr(error, "filename", None) or path
        raise RuntimeFailed(service, "reported", f"{place}: {text}") from error
