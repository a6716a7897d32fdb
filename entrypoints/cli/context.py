"""What holds for every command of one call."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import NamedTuple

DEFAULT_ADDRESS = "unix:///run/k3c/k3c.sock"
ENVIRONMENT_ADDRESS = "K3C_ADDRESS"


class Globals(NamedTuple):
    """Options that stand before the command."""

    address: str = DEFAULT_ADDRESS
    debug: bool = False


current: ContextVar[Globals] = ContextVar("current", default=Globals())  # noqa: B039 - it is a tuple


def chosen(address: str = "", *, debug: bool = False) -> Globals:
    """The options, with the address from the environment where none was given."""
    return Globals(address or os.environ.get(ENVIRONMENT_ADDRESS) or DEFAULT_ADDRESS, debug)
