"""`k3c push`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.image import ImageReference
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.image.pull import Progress, Quiet, transfer, wire_credentials
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.progress import TransferDisplay


def push(
    image: Annotated[str, Parameter(help="Name of the image", metavar="NAME[:TAG]")],
    /,
    *,
    quiet: Quiet = False,
    progress: Progress = "auto",
) -> int:
    """Upload an image to a registry.

    The name of the image begins with the registry. Credentials are those of `k3c login` or `docker login`.
    """

    async def pushing(client: Client) -> int:
        wanted = ImageReference.parse(image).tagged()
        request = pb.PushImageRequest(reference=str(wanted), credentials=await wire_credentials(wanted))
        display = TransferDisplay("quiet" if quiet else progress, pushing=True)
        last = await transfer(client.images.Push(request), display)
        print_result(str(wanted) if quiet else f"{wanted.tag}: digest: {last.digest} size: {last.total}")
        return 0

    return call(pushing)
