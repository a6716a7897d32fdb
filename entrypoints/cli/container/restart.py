"""`k3c restart`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.client import Client, for_each
from entrypoints.cli.container.stop import StopTimeout, check_stop_timeout
from entrypoints.cli.options.names import Names


def restart(
    *containers: Names,
    time: StopTimeout = None,
) -> int:
    """Stop containers if they run, and start them.

    Each gets a fresh life from what it was made with: id, name and volumes stay, what it wrote to its
    own file system is gone.
    """
    check_stop_timeout(time)

    async def work(client: Client, name: str) -> str:
        await client.containers.Restart(pb.RestartContainerRequest(container=name, timeout=time))
        return name

    return for_each(containers, work)
