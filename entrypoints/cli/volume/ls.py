"""`k3c volume ls`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from entrypoints.api.k3c.v1 import volume_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.listing import Filters, Format, check, parse_filters, show
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.rows import volume_row

_COLUMNS = (("DRIVER", "Driver"), ("VOLUME NAME", "Name"))
_FILTERS = ("dangling", "label", "name")


def ls(
    *,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Show volume names only")] = False,
    filter_: Filters = (),
    format_: Annotated[Format, Parameter(name="--format")] = "",
) -> int:
    """List volumes.

    Filters are name, label and dangling; dangling=true is for volumes that no container uses.
    """
    pairs = parse_volume_filters(filter_)
    check(format_)

    def listing(client: Client) -> int:
        found = filtered_volumes(client, pairs)
        if quiet and not format_:
            for volume in found:
                print_result(volume.name)
        else:
            show(map(volume_row, found), _COLUMNS, format_)
        return 0

    return call(listing)


def parse_volume_filters(filters: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = parse_filters(filters)
    for key, value in pairs:
        if key not in _FILTERS:
            raise InvalidArgument("filter", key, "not-one-of", ", ".join(_FILTERS))
        if key == "dangling" and value not in {"true", "false"}:
            raise InvalidArgument("filter", f"dangling={value}", "not-a-boolean")
    return pairs


def filtered_volumes(client: Client, pairs: list[tuple[str, str]]) -> list[pb.Volume]:
    found = client.volumes.List(pb.ListVolumesRequest()).volumes
    return [volume for volume in found if all(_passes(volume, key, value) for key, value in pairs)]


def _passes(volume: pb.Volume, key: str, value: str) -> bool:
    if key == "name":
        return value in volume.name
    if key == "dangling":
        return (not volume.users) == (value == "true")
    name, equals, wanted = value.partition("=")
    return name in volume.labels and (not equals or volume.labels[name] == wanted)
