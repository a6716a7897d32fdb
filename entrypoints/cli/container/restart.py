"""`k3c restart`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import for_each
from entrypoints.cli.container.stop import StopTimeout, check_stop_timeout
from entrypoints.cli.options.names import Names


def restart(
    *containers: Names,
    time: StopTimeout = None,
) -> int:
    """Restart containers.

    Containers that are running are stopped first. The root filesystem is recreated; ID, name and volumes
    are kept.
    """
    check_stop_timeout(time)
    return for_each(
        containers,
        lambda client, name: client.containers.Restart.future(
            pb.RestartContainerRequest(container=name, timeout=time)
        ),
    )
