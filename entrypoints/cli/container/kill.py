"""`k3c kill`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.signals import signal_number
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import for_each
from entrypoints.cli.options.names import Names


def kill(
    *containers: Names,
    signal: Annotated[
        str, Parameter(name=["--signal", "-s"], help="Signal to send, by name or number")
    ] = "KILL",
) -> int:
    """Send a signal to containers."""
    number = signal_number(signal)
    return for_each(
        containers,
        lambda client, name: client.containers.Kill.future(
            pb.KillContainerRequest(container=name, signal=number)
        ),
    )
