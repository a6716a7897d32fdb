"""`k3c volume create`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.options.run import labels
from entrypoints.cli.ui.output import print_result

Volume = Annotated[str, Parameter(help="Name of the volume")]
NewName = Annotated[str, Parameter(help="Name of the new volume")]
Label = Annotated[tuple[str, ...], Parameter(name=["--label"], help="Label, NAME=VALUE")]


def create(
    name: Annotated[str, Parameter(help="Name of the volume (default: generated)")] = "",
    /,
    *,
    label: Label = (),
) -> int:
    """Create a volume.

    Its name is printed.
    """
    request = pb.CreateVolumeRequest(name=name, labels=labels(label))

    def creating(client: Client) -> int:
        print_result(client.volumes.Create(request).volume.name)
        return 0

    return call(creating)
