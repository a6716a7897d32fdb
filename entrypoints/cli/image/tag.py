"""`k3c tag`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.connection.unary import Client, call


def tag(
    source: Annotated[str, Parameter(help="Name or ID of the image")],
    target: Annotated[str, Parameter(help="Tag to create, NAME[:TAG]")],
    /,
    *more: Annotated[str, Parameter(help="More tags to create", metavar="[TARGET...]")],
) -> int:
    """Create tags that refer to an image."""

    def tagging(client: Client) -> int:
        client.images.Tag(pb.TagImageRequest(image=source, references=[target, *more]))
        return 0

    return call(tagging)
