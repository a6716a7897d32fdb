"""`k3c version`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import system_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.listing import OneFormat, check, show_one
from entrypoints.cli.ui.output import print_result
from entrypoints.version import VERSION


def version(*, format_: OneFormat = "") -> int:
    """Show the versions of k3c, its daemon and components."""
    check(format_)
    if not format_:
        print_result(f"Client: k3c {VERSION}")

    def asking(client: Client) -> int:
        versions = client.system.Version(pb.VersionRequest())
        if format_:
            from entrypoints.cli.ui.system_json import version_shape

            show_one(version_shape(versions), format_)
            return 0
        print_result(f"Server: k3c {versions.version} (API {versions.api_version})")
        for component in versions.components:
            print_result(f"  {component.name} {component.version}")
        return 0

    return call(asking)
