"""What is on this machine of containers and sandboxes that containerd does not know."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.leftovers import addresses, cgroups, folders, processes
from adapters.containerd.proto.containers_pb2 import GetContainerRequest
from adapters.containerd.proto.containers_pb2_grpc import ContainersStub
from adapters.containerd.proto.tasks_pb2 import ListTasksRequest
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub
from application.ports.leftovers import Leftover
from domain.errors import Conflict, NotFound

_NAMESPACE = dict(NAMESPACE)["containerd-namespace"]
_ID = re.compile(r"[0-9a-f]{64}")
_NETNS = Path("io.containerd.grpc.v1.cri", "netns")


@dataclass(frozen=True)
class Places:
    """Where things are. Only the cgroup parent is known of a containerd that others run; the rest is "" then."""

    cgroup_parent: str
    address: str = ""
    state: str = ""
    cni_data: str = ""
    cni_config: str = ""
    cni_plugins: str = ""


class ContainerdLeftovers:
    """application.ports.leftovers.Leftovers, of an embedded or of another's containerd."""

    def __init__(self, channel: grpc.aio.Channel, places: Places) -> None:
        self._tasks = TasksStub(channel)
        self._containers = ContainersStub(channel)
        self._places = places

    async def find(self) -> frozenset[Leftover]:
        """Compare the machine with containerd's list of tasks, and addresses with its containers."""
        async with translated():
            tasks = await self._tasks.List(ListTasksRequest(), metadata=NAMESPACE)
        running = frozenset(task.id for task in tasks.tasks)
        found = await asyncio.to_thread(self._find, running)
        taken = await asyncio.to_thread(self._addresses, running) if self._places.state else {}
        unknown = [path for path, owner in taken.items() if not await self._is_known(owner)]
        return frozenset((*found, *(Leftover("address", str(path)) for path in unknown)))

    async def _is_known(self, container_id: str) -> bool:
        """Whether there is such a container, though without a task: a sandbox has its address until it is stopped."""
        try:
            async with translated("container", container_id):
                await self._containers.Get(GetContainerRequest(id=container_id), metadata=NAMESPACE)
        except NotFound:
            return False
        return True

    def _find(self, running: frozenset[str]) -> list[Leftover]:
        found = [Leftover("cgroup", id_) for id_ in self._cgroups() - running]
        if self._places.state:
            bundles = folders.bundles(Path(self._places.state))
            found += [Leftover("bundle", str(path)) for path in bundles if path.name not in running]
            found += [Leftover("network namespace", str(path)) for path in self._namespaces()]
            found += [
                Leftover("shim", f"{shim.pid} {processes.start_time(shim.pid)}")
                for shim in processes.shims(self._places.address)
                if shim.namespace == _NAMESPACE and shim.id not in running and not shim.has_children
            ]
        return found

    def _cgroups(self) -> frozenset[str]:
        children = (
            child for folder in cgroups.folders(self._places.cgroup_parent) for child in folder.iterdir()
        )
        return frozenset(child.name for child in children if _ID.fullmatch(child.name))

    def _addresses(self, running: frozenset[str]) -> dict[Path, str]:
        """The addresses of sandboxes without a task, with the owners' ids; builds have ids of another form."""
        taken = addresses.taken(Path(self._places.cni_data))
        return {path: owner for path, owner in taken.items() if _ID.fullmatch(owner) and owner not in running}

    def _namespaces(self) -> list[Path]:
        folder = Path(self._places.state, _NETNS)
        there = sorted(folder.iterdir()) if folder.is_dir() else []
        used = processes.network_namespaces() if there else frozenset()
        return [path for path in there if path.stat().st_ino not in used]

    async def remove(self, leftover: Leftover) -> None:
        """Remove it, in a thread."""
        await asyncio.to_thread(self._remove, leftover)

    def _remove(self, leftover: Leftover) -> None:
        match leftover.kind:
            case "cgroup":
                path = f"{self._places.cgroup_parent}/{leftover.place}"
                cgroups.end_processes(path)
                if kept := cgroups.remove(path):
                    raise Conflict("cgroup", str(kept[0][0]), "does-not-end")
            case "shim":
                pid, started = leftover.place.split()
                if str(processes.start_time(int(pid))) == started:
                    processes.end(int(pid))
            case "address":
                addresses.release(
                    Path(leftover.place), Path(self._places.cni_config), Path(self._places.cni_plugins)
                )
            case "bundle":
                folders.remove(Path(leftover.place))
            case "network namespace":
                addresses.remove_namespace(Path(leftover.place))
