"""The OCI runtime spec of a container that was created and not started, for what CRI has no words for."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import SERVICE, translated
from adapters.containerd.proto import containers_pb2 as pb
from adapters.containerd.proto.containers_pb2_grpc import ContainersStub
from adapters.containerd.proto.tasks_pb2 import GetRequest
from adapters.containerd.proto.tasks_pb2_grpc import TasksStub
from application.ports.runtime import SpecEdits
from domain.confinement import UNLIMITED
from domain.errors import Unsupported
from domain.volume import Mount

_UNLIMITED = 2**64 - 1
_SHM = "/dev/shm"  # noqa: S108 - the container's
_TMPFS_DEFAULTS = ("noexec", "nosuid", "nodev")


class ContainerdSpecs:
    """application.ports.runtime.RuntimeSpecs: containerd starts a task from the spec that it has stored."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._containers = ContainersStub(channel)
        self._tasks = TasksStub(channel)

    async def edit(self, runtime_id: str, edits: SpecEdits) -> None:
        """Call Get, change the spec, and call Update."""
        if edits == SpecEdits():
            return
        stored = await self._spec(runtime_id)
        pids = {kind: await self._pid(joined) for kind, joined in edits.joins.items()}
        spec = json.loads(stored.value)
        for change in (_limit, _mount, _namespaces, _environment):
            change(spec, edits, pids)
        if "ipc" in edits.joins:
            _share_memory(spec, json.loads((await self._spec(edits.joins["ipc"])).value))
        container = pb.Container(id=runtime_id)
        container.spec.type_url = stored.type_url
        container.spec.value = json.dumps(spec).encode()
        request = pb.UpdateContainerRequest(container=container, update_mask=FieldMask(paths=["spec"]))
        async with translated("container", runtime_id):
            await self._containers.Update(request, metadata=NAMESPACE)

    async def _spec(self, runtime_id: str) -> Any:
        async with translated("container", runtime_id):
            found = await self._containers.Get(pb.GetContainerRequest(id=runtime_id), metadata=NAMESPACE)
        return found.container.spec

    async def _pid(self, runtime_id: str) -> int:
        async with translated("container", runtime_id):
            answer = await self._tasks.Get(GetRequest(container_id=runtime_id), metadata=NAMESPACE)
        return int(answer.process.pid)


def _limit(spec: dict[str, Any], edits: SpecEdits, _: dict[str, int]) -> None:
    limits = {limit["type"]: limit for limit in spec["process"].get("rlimits", ())}
    for limit in edits.ulimits:
        kind = f"RLIMIT_{limit.name.upper()}"
        soft, hard = (_UNLIMITED if value == UNLIMITED else value for value in (limit.soft, limit.hard))
        limits[kind] = {"type": kind, "soft": soft, "hard": hard}
    if limits:
        spec["process"]["rlimits"] = list(limits.values())
    if edits.pids_limit:
        spec["linux"].setdefault("resources", {})["pids"] = {"limit": edits.pids_limit}


def _mount(spec: dict[str, Any], edits: SpecEdits, _: dict[str, int]) -> None:
    own = [_tmpfs(mount) for mount in edits.tmpfs]
    if edits.shm_size:
        options = ["nosuid", "noexec", "nodev", "mode=1777", f"size={edits.shm_size}"]
        own.append({"destination": _SHM, "type": "tmpfs", "source": "shm", "options": options})
    _put_mounts(spec, own)


def _share_memory(spec: dict[str, Any], other: dict[str, Any]) -> None:
    """Mount the /dev/shm of the other container.

    That is possible only where it is a folder of this machine's, which is the pod's.
    """
    (shared,) = (mount for mount in other["mounts"] if mount["destination"] == _SHM)
    if shared["type"] != "bind":
        raise Unsupported("shared-memory-of-tmpfs", SERVICE)
    _put_mounts(spec, [shared])


def _put_mounts(spec: dict[str, Any], own: list[dict[str, Any]]) -> None:
    targets = {mount["destination"] for mount in own}
    others = [mount for mount in spec["mounts"] if mount["destination"] not in targets]
    # By depth, as CRI has them: what is mounted within another mount comes after it, whatever kind they are.
    spec["mounts"] = sorted([*others, *own], key=lambda mount: len(PurePosixPath(mount["destination"]).parts))


def _tmpfs(mount: Mount) -> dict[str, Any]:
    given = [option for option in mount.options.split(",") if option]
    options = [name for name in _TMPFS_DEFAULTS if name.removeprefix("no") not in given] + given
    return {
        "destination": mount.target,
        "type": "tmpfs",
        "source": "tmpfs",
        "options": [*options, *(("ro",) if mount.read_only else ())],
    }


def _environment(spec: dict[str, Any], edits: SpecEdits, _: dict[str, int]) -> None:
    """CRI adds the image's variables to those that it is given."""
    kept = [
        entry for entry in spec["process"]["env"] if entry.partition("=")[0] not in edits.removed_variables
    ]
    spec["process"]["env"] = kept


def _namespaces(spec: dict[str, Any], edits: SpecEdits, pids: dict[str, int]) -> None:
    names = {"network": "net", "pid": "pid", "ipc": "ipc"}
    spaces = {space["type"]: space for space in spec["linux"]["namespaces"]}
    for kind, pid in pids.items():
        spaces[kind] = {"type": kind, "path": f"/proc/{pid}/ns/{names[kind]}"}
    if edits.own_network:
        spaces["network"] = {"type": "network"}
    if edits.domainname:
        spec["domainname"] = edits.domainname
    if edits.hostname:
        spaces["uts"] = {"type": "uts"}
        spec["hostname"] = edits.hostname
        environment = [entry for entry in spec["process"]["env"] if not entry.startswith("HOSTNAME=")]
        spec["process"]["env"] = [*environment, f"HOSTNAME={edits.hostname}"]
    spec["linux"]["namespaces"] = list(spaces.values())
