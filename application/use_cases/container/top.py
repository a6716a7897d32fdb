"""`top`: the processes of a container."""

from __future__ import annotations

from application.lifecycle.lookup import Containers
from application.ports.processes import ContainerPids, HostProcesses
from domain.errors import Conflict

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
        if not container.has_process or container.record.attempt is None:
            raise Conflict("container", container.record.name, "not-running")
        pids = await self._pids.all(container.record.attempt.runtime_id)
        return await self._processes.table(options or _PS, pids)
