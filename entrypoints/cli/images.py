"""Verbs on images: `images pull push tag rmi`."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Annotated

from cyclopts import Parameter

from domain.image import ImageReference
from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.client import Client, answer, call, for_each
from entrypoints.cli.credentials import credentials_for
from entrypoints.cli.listing import Filters, Format, check, parse_filters, show
from entrypoints.cli.progress import TransferDisplay
from entrypoints.cli.shapes import image_row, short_image_id

_DIGEST = ("DIGEST", "Digest")
_COLUMNS = (
    ("REPOSITORY", "Repository"),
    ("TAG", "Tag"),
    _DIGEST,
    ("IMAGE ID", "ID"),
    ("CREATED", "CreatedSince"),
    ("SIZE", "Size"),
)
Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], help="Say less.")]


def images(
    repository: Annotated[str, Parameter(help="Only this repository, or this REPOSITORY:TAG.")] = "",
    /,
    *,
    all_: Annotated[bool, Parameter(name=["--all", "-a"], help="Also those without a name.")] = False,
    digests: Annotated[bool, Parameter(help="Show digests.")] = False,
    no_trunc: Annotated[bool, Parameter(help="Ids in full.")] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Ids alone.")] = False,
    filter_: Filters = (),
    format_: Annotated[Format, Parameter(name="--format")] = "",
) -> int:
    """List images, newest first.

    Filters: reference, dangling, label, before, since.
    """
    pairs = parse_filters(filter_)
    check(format_)
    request = pb.ListImagesRequest(filters=[pb.Filter(key=key, value=value) for key, value in pairs])
    wanted = ImageReference.parse(repository) if repository else None

    async def listing(client: Client) -> int:
        found = (await client.images.List(request)).images
        rows = [(one, name) for one in found for name in _names(one, wanted, unnamed=all_ or wanted is None)]
        if quiet and not format_:
            for one_id in dict.fromkeys(one.id for one, _ in rows):
                answer(one_id if no_trunc else short_image_id(one_id))
            return 0
        columns = [column for column in _COLUMNS if digests or column != _DIGEST]
        show((image_row(one, name, full=no_trunc) for one, name in rows), columns, format_)
        return 0

    return call(listing)


def _names(image: pb.Image, wanted: ImageReference | None, *, unnamed: bool) -> list[ImageReference | None]:
    names: list[ImageReference | None] = [
        name
        for name in map(ImageReference.parse, image.references)
        if wanted is None or (name.repository == wanted.repository and wanted.tag in {None, name.tag})
    ]
    if not image.references and unnamed and wanted is None:
        return [None]
    return names


async def wire_credentials(reference: ImageReference) -> pb.Credentials | None:
    """The caller's credentials for the registry of a reference."""
    found = await credentials_for(reference.registry)
    return pb.Credentials(username=found.username, secret=found.secret) if found else None


async def pull_image(client: Client, reference: str, *, quiet: bool, platform: str = "") -> ImageReference:
    """Pull an image with the caller's credentials, showing progress on stderr."""
    wanted = ImageReference.parse(reference).tagged()
    request = pb.PullImageRequest(
        reference=str(wanted), platform=platform, credentials=await wire_credentials(wanted)
    )
    await _transfer(client.images.Pull(request), quiet=quiet)
    return wanted


async def _transfer(steps: AsyncIterable[pb.TransferResponse], *, quiet: bool) -> str:
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
    image: Annotated[str, Parameter(help="NAME[:TAG|@DIGEST].")],
    /,
    *,
    quiet: Quiet = False,
    platform: Annotated[str, Parameter(help="os/arch[/variant], in place of this machine's.")] = "",
) -> int:
    """Bring an image here from its registry."""

    async def pulling(client: Client) -> int:
        answer(str(await pull_image(client, image, quiet=quiet, platform=platform)))
        return 0

    return call(pulling)


def push(image: Annotated[str, Parameter(help="NAME[:TAG].")], /, *, quiet: Quiet = False) -> int:
    """Send an image to the registry that its name says."""

    async def pushing(client: Client) -> int:
        wanted = ImageReference.parse(image).tagged()
        request = pb.PushImageRequest(reference=str(wanted), credentials=await wire_credentials(wanted))
        digest = await _transfer(client.images.Push(request), quiet=quiet)
        answer(str(wanted) if quiet else f"{wanted.tag}: digest: {digest}")
        return 0

    return call(pushing)


def tag(
    source: Annotated[str, Parameter(help="The image: a name, or an id.")],
    target: Annotated[str, Parameter(help="The new name, NAME[:TAG].")],
    /,
    *more: Annotated[str, Parameter(help="More new names.")],
) -> int:
    """Give an image more names."""

    async def tagging(client: Client) -> int:
        await client.images.Tag(pb.TagImageRequest(image=source, references=[target, *more]))
        return 0

    return call(tagging)


def rmi(
    *images: Annotated[str, Parameter(help="Names, ids, or unique beginnings of ids.")],
    force: Annotated[
        bool, Parameter(name=["--force", "-f"], help="Also if it has several names, or a container uses it.")
    ] = False,
) -> int:
    """Remove images."""

    async def removing(client: Client, image: str) -> str:
        removed = await client.images.Remove(pb.RemoveImageRequest(image=image, force=force))
        untagged = (f"Untagged: {name}" for name in removed.untagged)
        return "\n".join([*untagged, *(f"Deleted: {image_id}" for image_id in removed.deleted)])

    return for_each(images, removing)
