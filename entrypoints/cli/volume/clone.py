"""`k3c volume clone`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.client import Client, call, print_result
from entrypoints.cli.volume.create import NewName, Volume


def clone(volume: Volume, name: NewName, /) -> int:
    """Copy a volume under a new name.

    The new volume has the same files and labels. Its name is printed.
    """

    async def cloning(client: Client) -> int:
        await client.volumes.Clone(pb.CloneVolumeRequest(name=volume, new_name=name))
        print_result(name)
        return 0

    return call(cloning)
