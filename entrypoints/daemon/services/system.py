"""k3c.v1.SystemService."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc

from application.lifecycle.lookup import Containers
from application.ports.images import ImageStore
from domain.container import ContainerState
from domain.errors import K3cError
from entrypoints.api.k3c.v1 import system_pb2 as pb
from entrypoints.api.k3c.v1 import system_pb2_grpc
from entrypoints.api.mapping.system import components_to_wire
from entrypoints.version import VERSION

_Context = grpc.aio.ServicerContext[Any, Any]
API_VERSION = "v1"


@dataclass(frozen=True)
class SystemFacts:
    """What was found out when the daemon started."""

    root: str
    runtime_address: str
    builder_address: str
    runtime_embedded: bool
    builder_embedded: bool
    snapshotter: str
    cgroup_version: str
    bridge: str
    gateway: str
    bridge_cidr: str
    warnings: tuple[str, ...]

    @property
    def prefix_length(self) -> int:
        """Of the bridge's range, 0 where there is no bridge."""
        return int(self.bridge_cidr.partition("/")[2] or 0)


@dataclass(frozen=True)
class SystemService(system_pb2_grpc.SystemServiceServicer):
    """Answers from facts and from the two stores.

    `versions` maps a component to a function that returns its version.
    """

    facts: SystemFacts
    containers: Containers
    images: ImageStore
    versions: dict[str, Callable[[], Awaitable[str]]]

    async def Version(self, request: pb.VersionRequest, context: _Context) -> pb.VersionResponse:
        """Return the versions of k3c and of its components."""
        versions = {name: await _version(ask) for name, ask in self.versions.items()}
        return pb.VersionResponse(
            version=VERSION, api_version=API_VERSION, components=components_to_wire(versions)
        )

    async def Info(self, request: pb.InfoRequest, context: _Context) -> pb.InfoResponse:
        """Return the configuration of this daemon and the number of its containers and images."""
        containers = await self.containers.all()
        machine = await asyncio.to_thread(_machine)
        return pb.InfoResponse(
            root=self.facts.root,
            runtime_address=self.facts.runtime_address,
            builder_address=self.facts.builder_address,
            runtime_embedded=self.facts.runtime_embedded,
            builder_embedded=self.facts.builder_embedded,
            snapshotter=self.facts.snapshotter,
            cgroup_version=self.facts.cgroup_version,
            containers_running=sum(one.state is ContainerState.RUNNING for one in containers),
            containers=len(containers),
            images=len(await self.images.list()),
            bridge=self.facts.bridge,
            bridge_cidr=self.facts.bridge_cidr,
            kernel=platform.release(),
            operating_system=machine,
            cpus=os.cpu_count() or 1,
            memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            warnings=self.facts.warnings,
        )


async def _version(ask: Callable[[], Awaitable[str]]) -> str:
    try:
        return await ask()
    except K3cError as error:
        return f"does not answer ({error})"


def _machine() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return release.get("PRETTY_NAME", release["ID"])
