"""`k3c top`."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.options.names import Name
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.table import table


def top(
    container: Name,
    /,
    *options: Annotated[
        str,
        Parameter(help="Options of ps, such as -o pid,cmd", metavar="PS_OPTION", allow_leading_hyphen=True),
    ],
) -> int:
    """List the processes in a container."""

    def showing(client: Client) -> int:
        found = client.containers.Top(pb.TopRequest(container=container, options=options))
        print_result(table(found.titles, [_filled(row.fields, len(found.titles)) for row in found.processes]))
        return 0

    return call(showing)


def _filled(fields: Any, count: int) -> list[str]:
    return [*fields, *[""] * count][:count]
