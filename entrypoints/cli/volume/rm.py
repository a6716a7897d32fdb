"""`k3c volume rm`."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from domain.errors import NotFound
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.unary import for_each


def rm(
    *names: Annotated[str, Parameter(help="Name of the volume", metavar="VOLUME")],
    force: Annotated[
        bool, Parameter(name=["--force", "-f"], help="Ignore volumes that do not exist")
    ] = False,
) -> int:
    """Remove volumes.

    A volume that a container uses is not removed.
    """

    def finish(name: str, removing: Any) -> str:
        try:
            removing.result()
        except NotFound:
            if not force:
                raise
        return name

    return for_each(
        names, lambda client, name: client.volumes.Remove.future(pb.RemoveVolumeRequest(name=name)), finish
    )
