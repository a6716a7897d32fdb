"""`k3c info`."""

from __future__ import annotations

from entrypoints.api.k3c.v1 import k3c_pb2 as pb
from entrypoints.cli.connection.client import Client, answer, call
from entrypoints.cli.ui.table import size


def info() -> int:
    """Show information about the daemon and its host."""

    async def asking(client: Client) -> int:
        told = await client.system.Info(pb.InfoRequest())
        embedded = {True: "embedded", False: "external"}
        lines = {
            "Containers": f"{told.containers} ({told.containers_running} running)",
            "Images": str(told.images),
            "Root": told.root,
            "Runtime": f"{told.runtime_address} ({embedded[told.runtime_embedded]})",
            "Builder": f"{told.builder_address} ({embedded[told.builder_embedded]})",
            "Snapshotter": told.snapshotter,
            "Cgroups": told.cgroup_version,
            "Bridge": f"{told.bridge} {told.bridge_cidr}".strip() or "the runtime's own",
            "Kernel": told.kernel,
            "Operating system": told.operating_system,
            "CPUs": str(told.cpus),
            "Memory": size(told.memory),
        }
        for name, value in lines.items():
            answer(f"{name}: {value}")
        for warning in told.warnings:
            answer(f"Warning: {warning}")
        return 0

    return call(asking)
