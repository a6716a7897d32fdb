"""`top`: the processes of a container."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.ports.processes import ContainerPids, HostProcesses

_PS = ("-ef",)


@dataclass(frozen=True)
class ShowProcesses:
    """`top`."""

    containers: Containers
    pids: ContainerPids
    host_processes: HostProcesses

    async def __call__(
        self, reference: str, options: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Titles and rows of ps(1). Raises NotFound, Conflict (the container does not run), InvalidArgument."""
        container = await self.containers.find(reference)
        attempt = container.running_attempt(or_paused=True)
        pids = await self.pids.all(attempt.runtime_id)
        return await self.host_processes.table(options or _PS, pids)
