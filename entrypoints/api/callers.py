"""How a client shows who it is.

gRPC for Python does not say which process is at the other end of a unix socket. So a second socket stands
beside the daemon's, with the same owner and mode. A process that connects to it is given a ticket. The
ticket, shown with a call, stands for the user and the process that the kernel saw there (SO_PEERCRED,
unix(7)). A ticket is valid as long as its connection is open. A call without a ticket has an unknown
caller.

Much output goes faster over that connection than through gRPC for Python. A call may ask for it. Where the
response says `beside`, the output comes over the connection, in frames: a FRAME, and as many bytes as it
says.

The pipes of a command that `exec` runs go over it as well: where StreamStarted names `pipes`, a byte comes
with as many descriptors, which are theirs.
"""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Sequence
from fcntl import F_SETFD, FD_CLOEXEC, fcntl
from pathlib import Path

from domain.streams import STDERR, STDOUT
from entrypoints.version import VERSION

FRAME = struct.Struct("!BI")  # a key of FRAME_STREAMS or NO_MORE, and the length of the data
FRAME_STREAMS = {1: STDOUT, 2: STDERR}
NO_MORE = 0

TICKET_LENGTH = 32
_AGENT = re.compile(rf"k3c/\S+ \(([0-9a-f]{{{TICKET_LENGTH}}})\)")


def callers_socket(address: Path) -> Path:
    """Return the path of the socket that gives tickets for the daemon at this socket."""
    return address.with_suffix(".id")


def new_ticket() -> str:
    """Make a ticket that cannot be guessed."""
    return os.urandom(TICKET_LENGTH // 2).hex()


def user_agent(ticket: str) -> str:
    """Return the client's `user-agent` header with its ticket; "" is no ticket."""
    return f"k3c/{VERSION} ({ticket})" if ticket else f"k3c/{VERSION}"


def ticket_of(agent: str) -> str:
    """Return the ticket in a `user-agent` header, "" without a ticket."""
    found = _AGENT.match(agent)
    return found[1] if found else ""


def hand_over(connection: socket.socket, descriptors: Sequence[int]) -> None:
    """Send descriptors to the caller, who gets copies of them. Raises OSError."""
    socket.send_fds(connection, [b"\0"], descriptors)


def handed_over(connection: socket.socket, names: Sequence[str]) -> dict[str, int]:
    """Take the descriptors that the daemon has sent, by their names. Raises OSError, also where it sends none."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, len(names))
    for descriptor in descriptors:
        fcntl(descriptor, F_SETFD, FD_CLOEXEC)  # recv_fds of Python 3.11 does nothing with its flags
    if len(descriptors) != len(names):
        raise ConnectionError("no descriptors came")
    return dict(zip(names, descriptors, strict=True))
