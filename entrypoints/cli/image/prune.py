"""`k3c image prune`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import image_pb2 as pb
from entrypoints.api.mapping.filters import filters_to_wire
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.messages import FAILED
from entrypoints.cli.ui.listing import parse_filters, with_moments
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.prompt import agreed
from entrypoints.cli.ui.table import size


def prune(
    *,
    all_: Annotated[bool, Parameter(name=["--all", "-a"], help="Remove images with names as well")] = False,
    filter_: Annotated[
        tuple[str, ...], Parameter(name=["--filter"], help="Remove matching images only, KEY=VALUE")
    ] = (),
    force: Annotated[bool, Parameter(name=["--force", "-f"], help="Do not ask for confirmation")] = False,
    dry_run: Annotated[bool, Parameter(help="List the images without removing them")] = False,
) -> int:
    """Remove unused images.

    They are the images without a name that no container uses, not even a stopped one; with --all, those with names
    as well. Filters are until, label and label!.
    """
    filters = filters_to_wire(with_moments(parse_filters(filter_)))
    request = pb.PruneImagesRequest(filters=filters, all=all_, dry_run=dry_run)

    def pruning(client: Client) -> int:
        which = "without at least one container associated to them" if all_ else ""
        what = f"This will remove all {'images' if all_ else 'dangling images'} {which}".rstrip()
        if not force and not dry_run and not agreed(f"{what}."):
            return FAILED
        done = client.images.Prune(request)
        lines = [
            *(f"untagged: {name}" for name in done.untagged),
            *(f"deleted: {one}" for one in done.deleted),
        ]
        if lines:
            print_result("\n".join(("Images to delete:" if dry_run else "Deleted Images:", *lines, "")))
        print_result(f"Total reclaim{'able' if dry_run else 'ed'} space: {size(done.reclaimed)}")
        return 0

    return call(pruning)
