"""Sandboxes with published ports that the runtime itself cannot publish."""

from __future__ import annotations

from dataclasses import dataclass, replace

from application.ports.host import PortRelays
from application.ports.runtime import SandboxRequest, SandboxRuntime, SandboxState
from application.ports.state import ContainerStore
from application.support.compensation import compensating


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


@dataclass(frozen=True)
class RestoreRelays:
    """Opens the relays of running sandboxes again after a restart of the daemon, which ends them."""

    container_store: ContainerStore
    sandboxes: SandboxRuntime
    relays: PortRelays

    async def __call__(self) -> None:
        """Open the relays of every ready sandbox. Raises PortInUse if another process has the port meanwhile."""
        ready = {sandbox.id for sandbox in await self.sandboxes.list() if sandbox.ready}
        for record in await self.container_store.list():
            relayed = tuple(port for port in record.ports_in_use if port.relayed)
            if relayed and record.sandbox_id in ready:
                address = await self.sandboxes.address(record.sandbox_id)
                await self.relays.open(record.sandbox_id, relayed, address)
