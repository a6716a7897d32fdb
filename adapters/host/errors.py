"""The kernel's errors as domain errors."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import InvalidArgument, K3cError, PortInUse, RuntimeFailed
from domain.network import PortBinding

_CANNOT_BIND = {
    errno.EACCES: "this port needs privileges that the daemon does not have",
    errno.EPERM: "this port needs privileges that the daemon does not have",
    errno.EADDRNOTAVAIL: "it is not an address of this machine",
    errno.EAFNOSUPPORT: "this machine has no such kind of address",
    errno.EPROTONOSUPPORT: "this machine's kernel does not have this protocol",
    errno.ESOCKTNOSUPPORT: "this machine's kernel does not have this protocol",
}


def cannot_bind(error: OSError, binding: PortBinding, process: str) -> K3cError:
    """Return why a port cannot be published: PortInUse, or InvalidArgument."""
    if error.errno == errno.EADDRINUSE:
        return PortInUse(str(binding), "", process)
    problem = _CANNOT_BIND.get(error.errno or 0, error.strerror or str(error))
    return InvalidArgument("port to publish", str(binding), problem)


@contextmanager
def translated(service: str, path: str) -> Iterator[None]:
    """Raise RuntimeFailed with the path and the text of the kernel, or of the decompressor."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        problem = getattr(error, "strerror", None) or str(error)
        raise RuntimeFailed(service, f"{getattr(error, 'filename', None) or path}: {problem}") from error
