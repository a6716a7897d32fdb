"""How a client shows who it is.

gRPC for Python does not tell whose process is at the other end of a unix socket. So a second socket
stands beside the daemon's, with the same owner and mode: whoever connects to it is given a ticket, and the
ticket, shown with a call, stands for the user and process that the kernel saw there (SO_PEERCRED, unix(7)).
It is good for as long as that connection is open. A call without one has an unknown caller.

Much output goes faster over that connection than through gRPC for Python. A call may ask for it, and where
its answer says `beside`, the output comes there, in frames: FRAME, and as many bytes as that says.
"""

from __future__ import annotations

import re
import secrets
import struct
from pathlib import Path

from domain.streams import STDERR, STDOUT
from entrypoints.version import VERSION

FRAME = struct.Struct("!BI")  # a key of FRAME_STREAMS or NO_MORE, and the length of the data
FRAME_STREAMS = {1: STDOUT, 2: STDERR}
NO_MORE = 0

TICKET_LENGTH = 32
_AGENT = re.compile(rf"k3c/\S+ \(([0-9a-f]{{{TICKET_LENGTH}}})\)")


def callers_socket(address: Path) -> Path:
    """Where tickets for the daemon at this socket are given."""
    return address.with_suffix(".id")


def new_ticket() -> str:
    """One that nobody can guess."""
    return secrets.token_hex(TICKET_LENGTH // 2)


def user_agent(ticket: str) -> str:
    """What a client says it is, in the header `user-agent`; "" for no ticket."""
    return f"k3c/{VERSION} ({ticket})" if ticket else f"k3c/{VERSION}"


def ticket_of(agent: str) -> str:
    """The ticket in a `user-agent`, "" if there is none."""
    found = _AGENT.match(agent)
    return found[1] if found else ""
