"""`k3c pull`."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Annotated

from cyclopts import Parameter

from domain.image import ImageReference
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.mapping.image import credentials_to_wire
from entrypoints.cli.connection.client import Client, call
from entrypoints.cli.connection.credentials import credentials_for
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.progress import Mode, TransferDisplay

Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], help="Suppress progress output")]
Progress = Annotated[Mode, Parameter(name="--progress", help="Progress output")]


async def wire_credentials(reference: ImageReference) -> pb.Credentials | None:
    """The caller's credentials for the registry of a reference."""
    found = await credentials_for(reference.registry)
    return credentials_to_wire(found) if found else None


async def pull_image(
    client: Client, reference: str, *, progress: Mode = "auto", platform: str = ""
) -> tuple[ImageReference, pb.TransferResponse]:
    """Pull an image with the caller's credentials, showing progress on stderr; returns its name and the last step."""
    wanted = ImageReference.parse(reference).tagged()
    request = pb.PullImageRequest(
        reference=str(wanted), platform=platform, credentials=await wire_credentials(wanted)
    )
    return wanted, await transfer(client.images.Pull(request), TransferDisplay(progress))


async def transfer(
    steps: AsyncIterable[pb.TransferResponse], display: TransferDisplay
) -> pb.TransferResponse:
    """Show a transfer; returns its last step, which has the manifest's digest."""
    last = pb.TransferResponse()
    try:
        async for last in steps:
            display.show(last)
    finally:
        display.end()
    return last


def pull(
    image: Annotated[str, Parameter(help="Name of the image", metavar="NAME[:TAG|@DIGEST]")],
    /,
    *,
    quiet: Quiet = False,
    platform: Annotated[
        str, Parameter(help="Platform of the image, OS/ARCH[/VARIANT] (default: the host's)")
    ] = "",
    progress: Progress = "auto",
) -> int:
    """Download an image from a registry.

    What was fetched by a pull that is broken off is kept for a day: the next pull goes on from there.
    """

    async def pulling(client: Client) -> int:
        mode: Mode = "quiet" if quiet else progress
        name, last = await pull_image(client, image, progress=mode, platform=platform)
        if not quiet:
            print_result(f"Digest: {last.digest}")
            print_result(f"Status: {_STATUS[last.status]} for {name.familiar}")
        print_result(str(name))
        return 0

    return call(pulling)


_STATUS = {"downloaded": "Downloaded newer image", "up to date": "Image is up to date"}
