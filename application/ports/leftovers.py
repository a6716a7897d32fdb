"""What a runtime that was interrupted left on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Leftover:
    """One thing of a container or sandbox that the runtime does not know, or no longer.

    `place` tells it from others of its kind: the id of the container for a cgroup, pid and start for a shim,
    a path for all else.
    """

    kind: Literal["cgroup", "shim", "address", "network namespace", "bundle"]
    place: str


class Leftovers(Protocol):
    """Things that only an interrupted operation of the runtime leaves, among those that belong to this k3c.

    A cgroup is this k3c's if it is below its cgroup parent, all else if it is in its state folder.
    """

    async def find(self) -> frozenset[Leftover]:
        """What is left now. What an operation is making at this moment is found as well. Raises Unavailable."""
        ...

    async def remove(self, leftover: Leftover) -> None:
        """Remove it with the processes in it. Idempotent. Raises Conflict for a process that does not end."""
        ...
