"""`k3c wait`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import for_each
from entrypoints.cli.options.names import Names


def wait(*containers: Names) -> int:
    """Wait for containers and print their exit codes.

    A container that was never started is waited for as well.
    """
    return for_each(
        containers,
        lambda client, name: client.containers.Wait.future(pb.WaitContainerRequest(container=name)),
        lambda _, waiting: str(waiting.result().exited.code),
    )
