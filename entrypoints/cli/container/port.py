"""`k3c port`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from domain.errors import InvalidArgument, NotFound
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.ports import ports_from_wire
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.options.names import Name
from entrypoints.cli.ui.output import print_result


def port(
    container: Name,
    port_: Annotated[str, Parameter(help="Port of the container, such as 80 or 53/udp", metavar="PORT")] = "",
    /,
) -> int:
    """List the published ports of a container."""
    number, _, protocol = port_.partition("/")
    if port_ and (not number.isdecimal() or protocol not in {"", "tcp", "udp", "sctp"}):
        raise InvalidArgument("port", port_, "port-number-form")

    def showing(client: Client) -> int:
        request = pb.InspectContainerRequest(container=container)
        found = client.containers.Inspect(request).container
        published = sorted(ports_from_wire(found.ports))
        if not port_:
            for one in published:
                print_result(f"{one.container_port}/{one.protocol} -> {one.address}")
            return 0
        chosen = [
            one for one in published if (str(one.container_port), one.protocol) == (number, protocol or "tcp")
        ]
        if not chosen:
            raise NotFound(f"published port of {found.name}", port_)
        for one in chosen:
            print_result(one.address)
        return 0

    return call(showing)
