"""Sandboxes with published ports that the runtime itself cannot publish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from application.ports.host import PortRelays
from application.ports.runtime import Interface, SandboxRequest, SandboxRuntime, SandboxState
from application.ports.state import ContainerStore
from application.support.compensation import compensating
from application.support.each_alone import EachAlone
from domain.container import ContainerRecord
from domain.network import PortBinding


@dataclass(frozen=True)
class RelayedSandboxes:
    """A SandboxRuntime that wraps another: ports that need a relay are opened beside it, and kept from it."""

    pods: SandboxRuntime
    relays: PortRelays

    async def run(self, request: SandboxRequest) -> str:
        """Run a sandbox and open its relays; on failure neither is left."""
        relayed = tuple(port for port in request.ports if port.relayed)
        if not relayed:
            return await self.pods.run(request)
        direct = tuple(port for port in request.ports if not port.relayed)
        async with compensating() as undo:
            sandbox_id = await self.pods.run(replace(request, ports=direct))
            undo.add(lambda: self.remove(sandbox_id))
            await self.relays.open(sandbox_id, relayed, await self.pods.address(sandbox_id))
            return sandbox_id

    async def stop(self, sandbox_id: str) -> None:
        """Close the relays and stop the sandbox."""
        await self.relays.close(sandbox_id)
        await self.pods.stop(sandbox_id)

    async def remove(self, sandbox_id: str) -> None:
        """Close the relays and remove the sandbox."""
        await self.relays.close(sandbox_id)
        await self.pods.remove(sandbox_id)

    async def list(self) -> tuple[SandboxState, ...]:
        """As the wrapped runtime."""
        return await self.pods.list()

    async def address(self, sandbox_id: str) -> str:
        """As the wrapped runtime."""
        return await self.pods.address(sandbox_id)

    async def interface(self, sandbox_id: str) -> Interface:
        """As the wrapped runtime."""
        return await self.pods.interface(sandbox_id)


@dataclass(frozen=True)
class RestoreRelays:
    """Opens the relays of running sandboxes again after a restart of the daemon, which ends them."""

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    relays: PortRelays
    each_alone: EachAlone

    async def __call__(self) -> None:
        """Open the relays of every ready sandbox.

        A port that another process has taken meanwhile is logged, and all others are opened.
        """
        ready = {sandbox.id for sandbox in await self.sandboxes.list() if sandbox.ready}
        records = [record for record in await self.container_store.list() if record.sandbox_id in ready]
        await self.each_alone(
            "relay the published ports of",
            {record.name: partial(self._reopen, record) for record in records if _relayed(record)},
        )

    async def _reopen(self, record: ContainerRecord) -> None:
        address = await self.sandboxes.address(record.sandbox_id)
        for port in _relayed(record):
            await self.each_alone(
                "relay", {str(port): partial(self.relays.add, record.sandbox_id, port, address)}
            )


def _relayed(record: ContainerRecord) -> tuple[PortBinding, ...]:
    return tuple(port for port in record.ports_in_use if port.relayed)
