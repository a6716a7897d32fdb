"""`k3c volume rename`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.volume.create import NewName, Volume


def rename(volume: Volume, name: NewName, /) -> int:
    """Give a volume another name, also while containers use it."""

    async def renaming(client: Client) -> int:
        await client.volumes.Rename(pb.RenameVolumeRequest(name=volume, new_name=name))
        return 0

    return call(renaming)
