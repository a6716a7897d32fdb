"""`k3c stop`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import for_each
from entrypoints.cli.options.names import Names

StopTimeout = Annotated[
    int | None,
    Parameter(name=["--time", "-t"], help="Seconds to wait before killing the container (default: its own)"),
]


def check_stop_timeout(time: int | None) -> None:
    """Raise InvalidArgument for a negative time."""
    if time is not None and time < 0:
        raise InvalidArgument("--time", str(time), "seconds-form")


def stop(
    *containers: Names,
    time: StopTimeout = None,
) -> int:
    """Stop running containers.

    Each gets its stop signal, and SIGKILL if it is still running after the stop timeout.
    """
    check_stop_timeout(time)
    return for_each(
        containers,
        lambda client, name: client.containers.Stop.future(
            pb.StopContainerRequest(container=name, timeout=time)
        ),
    )
