"""`k3c version`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.connection.client import Client, answer, call
from entrypoints.version import VERSION


def version() -> int:
    """Show the versions of k3c, its daemon and components."""
    answer(f"Client: k3c {VERSION}")

    async def asking(client: Client) -> int:
        told = await client.system.Version(pb.VersionRequest())
        answer(f"Server: k3c {told.version} (API {told.api_version})")
        for component in told.components:
            answer(f"  {component.name} {component.version}")
        return 0

    return call(asking)
