"""`k3c rmi`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.connection.client import Client, for_each


def rmi(
    *images: Annotated[str, Parameter(help="Name, ID, or unique prefix of an ID", metavar="IMAGE")],
    force: Annotated[
        bool,
        Parameter(name=["--force", "-f"], help="Remove the image even if it has several names or is in use"),
    ] = False,
) -> int:
    """Remove images."""

    async def removing(client: Client, image: str) -> str:
        removed = await client.images.Remove(pb.RemoveImageRequest(image=image, force=force))
        untagged = (f"Untagged: {name}" for name in removed.untagged)
        return "\n".join([*untagged, *(f"Deleted: {image_id}" for image_id in removed.deleted)])

    return for_each(images, removing)
