"""`k3c wait`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.client import Client, for_each
from entrypoints.cli.options.names import Names


def wait(*containers: Names) -> int:
    """Wait for containers and print their exit codes.

    A container that was never started is waited for as well.
    """

    async def work(client: Client, name: str) -> str:
        return str((await client.containers.Wait(pb.WaitContainerRequest(container=name))).exited.code)

    return for_each(containers, work)
