"""The daemon and its host in docker's shape, for `version` and `info`."""

from __future__ import annotations

import platform
from typing import Any

from entrypoints.api.k3c.v1 import system_pb2 as pb
from entrypoints.version import VERSION

Shape = dict[str, Any]


def version_shape(versions: pb.VersionResponse) -> Shape:
    """The versions as `docker version` has them."""
    return {
        "Client": {"Version": VERSION, "Os": "linux", "Arch": platform.machine()},
        "Server": {
            "Version": versions.version,
            "ApiVersion": versions.api_version,
            "Components": [{"Name": one.name, "Version": one.version} for one in versions.components],
        },
    }


def info_shape(facts: pb.InfoResponse) -> Shape:
    """What is known of the daemon and its host, by docker's names, with a part of k3c's own."""
    return {
        "Containers": facts.containers,
        "ContainersRunning": facts.containers_running,
        "Images": facts.images,
        "Driver": facts.snapshotter,
        "CgroupVersion": facts.cgroup_version.removeprefix("v"),
        "KernelVersion": facts.kernel,
        "OperatingSystem": facts.operating_system,
        "OSType": "linux",
        "Architecture": platform.machine(),
        "NCPU": facts.cpus,
        "MemTotal": facts.memory,
        "DockerRootDir": facts.root,
        "ServerVersion": VERSION,
        "Warnings": list(facts.warnings),
        "K3c": {
            "RuntimeAddress": facts.runtime_address,
            "RuntimeEmbedded": facts.runtime_embedded,
            "BuilderAddress": facts.builder_address,
            "BuilderEmbedded": facts.builder_embedded,
            "Bridge": facts.bridge,
            "BridgeCidr": facts.bridge_cidr,
        },
    }
