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
from entrypoints.cli.ui.progress import TransferDisplay

Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], help="Suppress progress output")]


async def wire_credentials(reference: ImageReference) -> pb.Credentials | None:
    """The caller's credentials for the registry of a reference."""
    found = await credentials_for(reference.registry)
    return credentials_to_wire(found) if found else None


async def pull_image(client: Client, reference: str, *, quiet: bool, platform: str = "") -> ImageReference:
    """Pull an image with the caller's credentials, showing progress on stderr."""
    wanted = ImageReference.parse(reference).tagged()
    request = pb.PullImageRequest(
        reference=str(wanted), platform=platform, credentials=await wire_credentials(wanted)
    )
    await transfer(client.images.Pull(request), quiet=quiet)
    return wanted


async def transfer(steps: AsyncIterable[pb.TransferResponse], *, quiet: bool) -> str:
    """Show a transfer; returns the manifest's digest."""
    display = TransferDisplay(quiet=quiet)
    digest = ""
    try:
        async for step in steps:
            display.show(step)
            digest = step.digest or digest
    finally:
        display.end()
    return digest


def pull(
    image: Annotated[str, Parameter(help="Name of the image", metavar="NAME[:TAG|@DIGEST]")],
    /,
    *,
    quiet: Quiet = False,
    platform: Annotated[
        str, Parameter(help="Platform of the image, OS/ARCH[/VARIANT] (default: the host's)")
    ] = "",
) -> int:
    """Download an image from a registry."""

    async def pulling(client: Client) -> int:
        print_result(str(await pull_image(client, image, quiet=quiet, platform=platform)))
        return 0

    return call(pulling)
