"""`k3c rm`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import NotFound
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import for_each
from entrypoints.cli.options.names import Names


def rm(
    *containers: Names,
    force: Annotated[
        bool, Parameter(name=["--force", "-f"], help="Kill the container first if it is running")
    ] = False,
    volumes: Annotated[
        bool, Parameter(name=["--volumes", "-v"], help="Remove its anonymous volumes as well")
    ] = False,
) -> int:
    """Remove containers."""
    return for_each(
        containers,
        lambda client, name: client.containers.Remove.future(
            pb.RemoveContainerRequest(container=name, force=force, volumes=volumes)
        ),
        forgiven=(NotFound,) if force else (),
    )
