"""`k3c ps`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument
from domain.names import SHORT_ID
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.filters import filters_to_wire
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.listing import Filters, Format, check, parse_filters, show
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.rows import container_row

_COLUMNS = (
    ("CONTAINER ID", "ID"),
    ("IMAGE", "Image"),
    ("COMMAND", "Command"),
    ("CREATED", "RunningFor"),
    ("STATUS", "Status"),
    ("PORTS", "Ports"),
    ("NAMES", "Names"),
)


def ps(
    *,
    all_: Annotated[
        bool, Parameter(name=["--all", "-a"], help="Show all containers, also those not running")
    ] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], help="Show container IDs only")] = False,
    no_trunc: Annotated[bool, Parameter(help="Do not truncate IDs and commands")] = False,
    filter_: Filters = (),
    format_: Annotated[Format, Parameter(name="--format")] = "",
    last: Annotated[
        int, Parameter(name=["--last", "-n"], help="Show the newest containers, running or not")
    ] = 0,
    latest: Annotated[
        bool, Parameter(name=["--latest", "-l"], help="Show the newest container, running or not")
    ] = False,
    size: Annotated[bool, Parameter(name=["--size", "-s"], help="Show the size of written files")] = False,
) -> int:
    """List containers.

    The newest are first. Filters are name, id, label, status, ancestor, volume, publish, exited, health,
    before and since.
    """
    pairs = parse_filters(filter_)
    check(format_)
    if last < 0:
        raise InvalidArgument("--last", str(last), "negative")
    request = pb.ListContainersRequest(
        all=all_,
        filters=filters_to_wire(pairs),
        last=1 if latest else last,
        size=size,
    )

    def listing(client: Client) -> int:
        found = client.containers.List(request).containers
        if quiet and not format_:
            for one in found:
                print_result(one.id if no_trunc else one.id[:SHORT_ID])
            return 0
        columns = (*_COLUMNS, ("SIZE", "Size")) if size else _COLUMNS
        show((container_row(one, full=no_trunc) for one in found), columns, format_)
        return 0

    return call(listing)
