"""`k3c volume rm`."""

from __future__ import annotations

from typing import Annotated

import grpc
from cyclopts import Parameter

from domain.errors import NotFound
from entrypoints.api.errors import from_call
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.client import Client, for_each


def rm(
    *names: Annotated[str, Parameter(help="Name of the volume", metavar="VOLUME")],
    force: Annotated[
        bool, Parameter(name=["--force", "-f"], help="Ignore volumes that do not exist")
    ] = False,
) -> int:
    """Remove volumes.

    A volume that a container uses is not removed.
    """

    async def removing(client: Client, name: str) -> str:
        try:
            await client.volumes.Remove(pb.RemoveVolumeRequest(name=name))
        except grpc.aio.AioRpcError as error:
            if not (force and isinstance(from_call(error), NotFound)):
                raise
        return name

    return for_each(names, removing)
