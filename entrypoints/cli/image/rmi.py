"""`k3c rmi`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.connection.unary import for_each


def rmi(
    *images: Annotated[str, Parameter(help="Name, ID, or unique prefix of an ID", metavar="IMAGE")],
    force: Annotated[
        bool,
        Parameter(
            name=["--force", "-f"],
            help="Remove all names of an ID, also of stopped containers; of an image in use, the name alone",
        ),
    ] = False,
    no_prune: Annotated[  # noqa: ARG001 (docker has it, and k3c keeps no untagged parents)
        bool, Parameter(help="Do not delete untagged parents (k3c keeps none, so this changes nothing)")
    ] = False,
) -> int:
    """Remove images."""
    return for_each(
        images,
        lambda client, image: client.images.Remove.future(pb.RemoveImageRequest(image=image, force=force)),
        lambda _, removing: _lines(removing.result()),
    )


def _lines(removed: pb.RemoveImageResponse) -> str:
    untagged = (f"Untagged: {name}" for name in removed.untagged)
    return "\n".join([*untagged, *(f"Deleted: {image_id}" for image_id in removed.deleted)])
