"""`k3c diff`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import look_pb2
from entrypoints.cli.connection.client import Client, answer, call
from entrypoints.cli.options.names import Name


def diff(container: Name, /) -> int:
    """List changes to the root filesystem of a container.

    A is for an added path, C for a changed one, and D for a deleted one.
    """

    async def showing(client: Client) -> int:
        for change in (await client.look.Diff(look_pb2.DiffRequest(container=container))).changes:
            answer(f"{change.kind} {change.path}")
        return 0

    return call(showing)
