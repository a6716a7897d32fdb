"""Processes of containers as this machine sees them, and what they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Sample:
    """What a container has used by `at` (seconds of a monotonic clock): bytes, and seconds of processors."""

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
    """Processes of containers, by their ids on this machine."""

    async def first(self, runtime_id: str) -> int:
        """The container's first process, 0 if it does not run."""
        ...

    async def all(self, runtime_id: str) -> tuple[int, ...]:
        """All of them. Raises NotFound when it does not run."""
        ...


class HostProcesses(Protocol):
    """This machine's processes."""

    async def table(
        self, options: tuple[str, ...], pids: tuple[int, ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Titles and rows of ps(1) with these options, of these processes. Raises InvalidArgument."""
        ...

    async def usage(self, pid: int) -> Sample:
        """What the cgroup and the network namespace of a process have used. Raises NotFound."""
        ...
