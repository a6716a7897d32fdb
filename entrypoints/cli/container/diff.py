"""`k3c diff`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.cli.connection.client import Client, call, print_result
from entrypoints.cli.options.names import Name


def diff(container: Name, /) -> int:
    """Show what a container has added (A), changed (C) and deleted (D) in its root file system."""

    async def showing(client: Client) -> int:
        for change in (await client.containers.Diff(pb.DiffRequest(container=container))).changes:
            print_result(f"{change.kind} {change.path}")
        return 0

    return call(showing)
