"""`k3c images`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.image import ImageReference
from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.mapping.filters import filters_to_wire
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.listing import Filters, Format, check, parse_filters, show, with_moments
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.rows import image_row, short_image_id

_DIGEST = ("DIGEST", "Digest")
_COLUMNS = (
    ("REPOSITORY", "Repository"),
    ("TAG", "Tag"),
    _DIGEST,
    ("IMAGE ID", "ID"),
    ("CREATED", "CreatedSince"),
    ("SIZE", "Size"),
)


def images(
    repository: Annotated[str, Parameter(help="Name of the images to list", metavar="REPOSITORY[:TAG]")] = "",
    /,
    *,
    all_: Annotated[
        bool, Parameter(name=["--all", "-a"], help="Show all images, also those without a name")
    ] = False,
    digests: Annotated[bool, Parameter(help="Show digests")] = False,
    no_trunc: Annotated[bool, Parameter(help="Do not truncate IDs")] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Show image IDs only")] = False,
    filter_: Filters = (),
    format_: Annotated[Format, Parameter(name="--format")] = "",
) -> int:
    """List images.

    The newest are first. Filters are reference, dangling, label, before, since and until.
    """
    pairs = parse_filters(filter_)
    check(format_)
    request = pb.ListImagesRequest(filters=filters_to_wire(with_moments(pairs)))
    wanted = ImageReference.parse(repository) if repository else None

    def listing(client: Client) -> int:
        found = client.images.List(request).images
        rows = [(one, name) for one in found for name in _names(one, wanted, unnamed=all_ or wanted is None)]
        if quiet and not format_:
            for one_id in dict.fromkeys(one.id for one, _ in rows):
                print_result(one_id if no_trunc else short_image_id(one_id))
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
