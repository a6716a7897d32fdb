"""`k3c rename`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.options.names import Name


def rename(container: Name, name: Annotated[str, Parameter(help="The new name.")], /) -> int:
    """Give a container another name, also while it runs.

    Other containers find it by the new name at once; its own hostname changes with its next start.
    """

    async def renaming(client: Client) -> int:
        await client.containers.Rename(pb.RenameContainerRequest(container=container, name=name))
        return 0

    return call(renaming)
