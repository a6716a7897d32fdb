"""`top`: the processes of a container."""

from __future__ import annotations

from application.lifecycle.lookup import Containers
from application.ports.processes import ContainerPids, HostProcesses

_PS = ("-ef",)


class ShowProcesses:
    """`top`."""

    def __init__(self, containers: Containers, pids: ContainerPids, processes: HostProcesses) -> None:
        self._containers = containers
        self._pids = pids
        self._processes = processes

    async def __call__(
        self, reference: str, options: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Titles and rows of ps. Raises NotFound, Conflict (it does not run), InvalidArgument."""
        container = await self._containers.find(reference)
        attempt = container.running_attempt(or_paused=True)
        pids = await self._pids.all(attempt.runtime_id)
        return await self._processes.table(options or _PS, pids)
