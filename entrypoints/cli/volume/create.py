"""`k3c volume create`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.client import Client, call, print_result
from entrypoints.cli.options.run import labels

Volume = Annotated[str, Parameter(help="The name of a volume.")]
NewName = Annotated[str, Parameter(help="The new one's name.")]
Label = Annotated[tuple[str, ...], Parameter(name=["--label"], help="NAME=value.")]


def create(
    name: Annotated[str, Parameter(help="Its name; made up if not given.")] = "",
    /,
    *,
    label: Label = (),
) -> int:
    """Make a volume, and print its name."""

    async def creating(client: Client) -> int:
        request = pb.CreateVolumeRequest(name=name, labels=labels(label))
        print_result((await client.volumes.Create(request)).volume.name)
        return 0

    return call(creating)
