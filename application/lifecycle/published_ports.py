"""The ports of the host that containers get."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.ports.host import HostPorts
from application.ports.state import ContainerStore
from domain.container import Attempt, ContainerRecord
from domain.errors import PortInUse
from domain.network import PortBinding

_TRIES = 8


@dataclass(frozen=True)
class PublishedPorts:
    """Checks that ports are free before anything is made or stopped for them, and reserves them for attempts."""

    container_store: ContainerStore
    ports: HostPorts

    async def check(self, wanted: tuple[PortBinding, ...], record: ContainerRecord | None = None) -> None:
        """Check that ports are free, apart from those that the attempt of `record` has already.

        Raises PortInUse with the container or the process that has the port, InvalidArgument.
        """
        own = record.ports_in_use if record is not None else ()
        fresh = tuple(port for port in wanted if not any(port.overlaps(mine) for mine in own))
        if not fresh:
            return
        records = await self.container_store.list()
        for other in records:
            for port in fresh:
                if any(port.overlaps(used) for used in other.ports_in_use):
                    raise PortInUse(str(port), other.name, "")
        await self.ports.decide(fresh, _in_use(records))

    async def begin(self, record: ContainerRecord, attempt: Attempt) -> Attempt:
        """Store an attempt with its host ports, and return it with the ports decided.

        A port from a range is drawn again if another container takes it meanwhile. Raises what `check` does.
        """
        for tries in range(1, _TRIES + 1):
            ports = await self.ports.decide(record.spec.ports, _in_use(await self.container_store.list()))
            try:
                await self.container_store.begin(record.id, replace(attempt, ports=ports))
            except PortInUse:
                if tries == _TRIES or all(port.decided for port in record.spec.ports):
                    raise
                continue
            attempt = replace(attempt, ports=ports)
            break
        return attempt


def _in_use(records: tuple[ContainerRecord, ...]) -> tuple[PortBinding, ...]:
    """The ports of all containers of this k3c, which the host's tables of sockets do not show."""
    return tuple(port for record in records for port in record.ports_in_use)
