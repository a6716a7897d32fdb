"""`k3c volume rename`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.volume.create import Volume


def rename(volume: Volume, name: Annotated[str, Parameter(help="New name of the volume")], /) -> int:
    """Rename a volume.

    Containers may be using it.
    """

    def renaming(client: Client) -> int:
        client.volumes.Rename(pb.RenameVolumeRequest(name=volume, new_name=name))
        return 0

    return call(renaming)
