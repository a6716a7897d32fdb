"""`k3c volume`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.client import Client, answer, call, for_each
from entrypoints.cli.options import labels
from entrypoints.cli.render import table


def ls(*, quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Names alone.")] = False) -> int:
    """List volumes."""

    async def listing(client: Client) -> int:
        found = (await client.volumes.List(pb.ListVolumesRequest())).volumes
        if quiet:
            for volume in found:
                answer(volume.name)
        else:
            answer(table(("DRIVER", "VOLUME NAME"), [("local", volume.name) for volume in found]))
        return 0

    return call(listing)


def create(
    name: Annotated[str, Parameter(help="Its name; made up if not given.")] = "",
    /,
    *,
    label: Annotated[tuple[str, ...], Parameter(name=["--label"], help="NAME=value.")] = (),
) -> int:
    """Make a volume, and print its name."""

    async def creating(client: Client) -> int:
        request = pb.CreateVolumeRequest(name=name, labels=labels(label))
        answer((await client.volumes.Create(request)).volume.name)
        return 0

    return call(creating)


def rm(*names: Annotated[str, Parameter(help="Names of volumes.")]) -> int:
    """Remove volumes that no container uses."""

    async def removing(client: Client, name: str) -> str:
        await client.volumes.Remove(pb.RemoveVolumeRequest(name=name))
        return name

    return for_each(names, removing)
