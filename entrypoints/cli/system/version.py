"""`k3c version`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import system_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.output import print_result
from entrypoints.version import VERSION


def version() -> int:
    """Show the versions of k3c, its daemon and components."""
    print_result(f"Client: k3c {VERSION}")

    def asking(client: Client) -> int:
        versions = client.system.Version(pb.VersionRequest())
        print_result(f"Server: k3c {versions.version} (API {versions.api_version})")
        for component in versions.components:
            print_result(f"  {component.name} {component.version}")
        return 0

    return call(asking)
