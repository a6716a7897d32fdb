"""`k3c pause` and `k3c unpause`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.client import Client, for_each
from entrypoints.cli.options.names import Names


def pause(*containers: Names) -> int:
    """Pause all processes in containers."""

    async def work(client: Client, name: str) -> str:
        await client.containers.Pause(pb.PauseContainerRequest(container=name))
        return name

    return for_each(containers, work)


def unpause(*containers: Names) -> int:
    """Unpause all processes in containers."""

    async def work(client: Client, name: str) -> str:
        await client.containers.Unpause(pb.UnpauseContainerRequest(container=name))
        return name

    return for_each(containers, work)
