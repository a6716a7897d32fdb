"""What holds for every command of one call."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

DEFAULT_ADDRESS = "unix:///run/k3c/k3c.sock"


@dataclass(frozen=True)
class Globals:
    """Options that stand before the command."""

    address: str = DEFAULT_ADDRESS
    debug: bool = False


current: ContextVar[Globals] = ContextVar("current", default=Globals())  # noqa: B039 - Globals is frozen
