"""The names by which containers reach each other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from application.ports.host import HostResolver
from application.ports.runtime import SandboxRuntime
from application.ports.state import ContainerStore
from domain.container import ContainerRecord
from domain.errors import NotFound
from domain.names import SHORT_ID
from domain.network import AS_THE_HOST, Dns

_NAME_BEFORE_SEARCH = ("ndots:0",)  # `web` is asked for before `web.search.domain`


@dataclass(frozen=True)
class ChooseDns:
    """Chooses a container's DNS settings: by default the daemon's name server, which forwards unknown names."""

    resolver: HostResolver
    server: str

    async def __call__(self, wanted: Dns = AS_THE_HOST) -> Dns:
        """The settings of a container that asks for `wanted`.

        If the daemon has no name server, `wanted` is returned as it is.
        """
        if not self.server:
            return wanted
        host = await self.resolver.settings()
        return wanted.with_defaults(Dns((self.server,), host.searches, _NAME_BEFORE_SEARCH))


@dataclass(frozen=True)
class ResolveName:
    """Resolves a name to the addresses of running containers."""

    container_store: ContainerStore
    sandboxes: SandboxRuntime

    async def __call__(self, name: str) -> tuple[str, ...]:
        """The IP addresses of the running containers with this name, id, short id or hostname.

        Case does not matter. The result is empty if no container has the name: another host may have it.
        """
        named = [record for record in await self.container_store.list() if _is_called(record, name.lower())]
        found = await asyncio.gather(*(self._address(record) for record in named))
        return tuple(address for address in found if address)

    async def _address(self, record: ContainerRecord) -> str:
        if not record.sandbox_id:
            return ""
        try:
            return await self.sandboxes.address(record.sandbox_id)
        except NotFound:
            return ""


@dataclass(frozen=True)
class ResolveAddress:
    """Resolves an address to the name of the running container that has it."""

    container_store: ContainerStore
    sandboxes: SandboxRuntime

    async def __call__(self, address: str) -> str:
        """The name of the container, "" if no running container has the address."""
        for record in await self.container_store.list():
            if not record.sandbox_id:
                continue
            try:
                if await self.sandboxes.address(record.sandbox_id) == address:
                    return record.name
            except NotFound:
                continue
        return ""


def _is_called(record: ContainerRecord, name: str) -> bool:
    names = (record.name, record.id, record.id[:SHORT_ID], record.spec.hostname)
    return name in {own.lower() for own in names if own}
