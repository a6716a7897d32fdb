"""`k3c rename`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.options.names import Name


def rename(container: Name, name: Annotated[str, Parameter(help="New name of the container")], /) -> int:
    """Rename a container.

    It may be running. Other containers can resolve the new name at once; the hostname of the container
    changes when it is next started.
    """

    def renaming(client: Client) -> int:
        client.containers.Rename(pb.RenameContainerRequest(container=container, name=name))
        return 0

    return call(renaming)
