"""How the daemon is reached: its address, the ticket of a caller, and what a failed call says."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import InvalidArgument, K3cError, PermissionDenied, RuntimeFailed, Unavailable
from entrypoints.api.callers import TICKET_LENGTH, callers_socket

_TICKET_TIMEOUT = 2.0
_UNAVAILABLE = 14  # google.rpc.Code


def socket_path(address: str) -> Path:
    """Return the path in `unix:///path` or `/path`. Raises InvalidArgument."""
    path = address.removeprefix("unix://")
    if not path.startswith("/"):
        raise InvalidArgument("address", address, "address-form")
    return Path(path)


@contextmanager
def ticket(path: Path) -> Iterator[tuple[str, socket.socket]]:
    """Ask for a ticket that says who this process is; the ticket is valid for the time of the block.

    The block's value is the ticket, "" where the daemon gives none, and the connection that gave it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as giver:
        giver.settimeout(_TICKET_TIMEOUT)
        try:
            giver.connect(str(callers_socket(path)))
            given = giver.recv(TICKET_LENGTH, socket.MSG_WAITALL).decode()
        except OSError:
            given = ""  # if there is no daemon, the call that follows says so
        yield given, giver


def call_error(code: int, message: str, details: bytes | None, path: Path) -> K3cError:
    """Map a failed call to the daemon's error, or to the error that the daemon cannot be reached.

    `code` is a google.rpc.Code, `details` the trailer `grpc-status-details-bin`, None where there was none.
    """
    from entrypoints.api.errors import code_name, from_details

    if details and (carried := from_details(details)):
        return carried
    if code == _UNAVAILABLE:
        return unreachable(path)
    return RuntimeFailed("daemon", "reported", f"{code_name(code).lower()}: {message}")


def unreachable(path: Path) -> K3cError:
    """Find out why the daemon's socket cannot be used."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except PermissionError:
            return PermissionDenied(str(path), _group_of(path))
        except OSError as error:
            reason = errno.errorcode.get(error.errno or 0, str(error))
            return Unavailable("daemon", f"unix://{path}", "not-listening", reason)
    return RuntimeFailed("daemon", "connection-lost")


def _group_of(path: Path) -> str:
    """Return the group that may use the socket: the socket's own, or that of the nearest readable folder above it."""
    import grp

    for place in (path, *path.parents):
        try:
            gid = place.stat().st_gid
        except PermissionError:
            continue
        try:
            return grp.getgrgid(gid).gr_name
        except KeyError:
            return str(gid)
    return ""
