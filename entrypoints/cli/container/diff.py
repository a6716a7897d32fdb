"""`k3c diff`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.options.names import Name
from entrypoints.cli.ui.output import print_result


def diff(container: Name, /) -> int:
    """List changes to the root filesystem of a container.

    A is for an added path, C for a changed one, and D for a deleted one.
    """

    def showing(client: Client) -> int:
        for change in client.containers.Diff(pb.DiffRequest(container=container)).changes:
            print_result(f"{change.kind} {change.path}")
        return 0

    return call(showing)
