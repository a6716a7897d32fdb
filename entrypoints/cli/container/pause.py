"""`k3c pause` and `k3c unpause`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import for_each
from entrypoints.cli.options.names import Names


def pause(*containers: Names) -> int:
    """Pause all processes in containers."""
    return for_each(
        containers,
        lambda client, name: client.containers.Pause.future(pb.PauseContainerRequest(container=name)),
    )


def unpause(*containers: Names) -> int:
    """Unpause all processes in containers."""
    return for_each(
        containers,
        lambda client, name: client.containers.Unpause.future(pb.UnpauseContainerRequest(container=name)),
    )
