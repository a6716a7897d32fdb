"""`k3c info`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import system_pb2 as pb
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.ui.listing import OneFormat, check, show_one
from entrypoints.cli.ui.output import print_result
from entrypoints.cli.ui.table import size


def info(*, format_: OneFormat = "") -> int:
    """Show information about the daemon and its host."""
    check(format_)

    def asking(client: Client) -> int:
        facts = client.system.Info(pb.InfoRequest())
        if format_:
            from entrypoints.cli.ui.system_json import info_shape

            show_one(info_shape(facts), format_)
            return 0
        embedded = {True: "embedded", False: "external"}
        lines = {
            "Containers": f"{facts.containers} ({facts.containers_running} running)",
            "Images": str(facts.images),
            "Root": facts.root,
            "Runtime": f"{facts.runtime_address} ({embedded[facts.runtime_embedded]})",
            "Builder": f"{facts.builder_address} ({embedded[facts.builder_embedded]})",
            "Snapshotter": facts.snapshotter,
            "Cgroups": facts.cgroup_version,
            "Bridge": f"{facts.bridge} {facts.bridge_cidr}".strip() or "the runtime's own",
            "Kernel": facts.kernel,
            "Operating system": facts.operating_system,
            "CPUs": str(facts.cpus),
            "Memory": size(facts.memory),
        }
        for name, value in lines.items():
            print_result(f"{name}: {value}")
        for warning in facts.warnings:
            print_result(f"Warning: {warning}")
        return 0

    return call(asking)
