"""`k3c volume clone`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.volume.create import NewName, Volume


def clone(volume: Volume, name: NewName, /) -> int:
    """Copy a volume under a new name.

    The new volume has the same files and labels. Its name is printed.
    """

    def cloning(client: Client) -> int:
        client.volumes.Clone(pb.CloneVolumeRequest(name=volume, new_name=name))
        print_result(name)
        return 0

    return call(cloning)
