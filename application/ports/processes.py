"""The processes of containers as this machine sees them, and what they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Sample:
    """What a container has used up to `at` (seconds of a monotonic clock).

    `cpu` is in seconds of processor time, all else but `processes` in bytes.
    """

    at: float
    cpu: float = 0.0
    memory: int = 0
    memory_limit: int = 0
    received: int = 0
    sent: int = 0
    read: int = 0
    written: int = 0
    processes: int = 0


class ContainerPids(Protocol):
    """The processes of containers, by process ids of this machine."""

    async def first(self, runtime_id: str) -> int:
        """The container's first process, 0 if the container does not run."""
        ...

    async def all(self, runtime_id: str) -> tuple[int, ...]:
        """All processes of the container. Raises NotFound if it does not run."""
        ...


class OomScores(Protocol):
    """How readily the kernel ends processes of this machine when memory is short."""

    async def set(self, pids: tuple[int, ...], score: int) -> bool:
        """Give processes a score from -1000 (never) to 1000; return whether any of them had another.

        A process that has ended is passed over. Raises InvalidArgument for a score that this k3c lacks the
        privileges for.
        """
        ...


class HostProcesses(Protocol):
    """The processes of this machine."""

    async def table(
        self, options: tuple[str, ...], pids: tuple[int, ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """The titles and rows that ps(1) gives for these processes with these options. Raises InvalidArgument."""
        ...

    async def usage(self, pid: int) -> Sample:
        """What the cgroup and the network namespace of a process have used. Raises NotFound."""
        ...
