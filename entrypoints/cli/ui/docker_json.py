"""Containers and images in docker's shape, for `inspect`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.network import PortBinding
from domain.spec import ContainerSpec, Resources
from domain.volume import Mount, MountKind
from entrypoints.api.k3c.v1 import container_pb2, image_pb2, spec_pb2
from entrypoints.api.mapping.ports import ports_from_wire
from entrypoints.api.mapping.spec import healthcheck_to_wire, spec_from_wire
from entrypoints.cli.ui.open_map import OpenMap, Sparse

Shape = dict[str, Any]
_NEVER = "0001-01-01T00:00:00Z"


def container_shape(found: container_pb2.InspectContainerResponse) -> Shape:
    """A container as `docker inspect` has it, with a part of k3c's own."""
    one, spec = found.container, spec_from_wire(found.spec)
    shape: Shape = {
        "Id": one.id,
        "Created": one.created_at.ToJsonString(),
        "Path": one.command[0] if one.command else "",
        "Args": list(one.command[1:]),
        "State": _state(found),
        "Image": one.image_id,
        "LogPath": found.log_path,
        "Name": f"/{one.name}",
        "RestartCount": one.restart_count,
        "Platform": "linux",
        "HostConfig": _host_config(spec),
        "Mounts": [_mount(*pair) for pair in zip(spec.mounts, found.mount_sources, strict=True)],
        "Config": _config(found, spec),
        "NetworkSettings": _network(found, spec),
        "K3c": {
            "Attempt": one.attempt,
            "Sandbox": found.sandbox_id,
            "RuntimeId": found.runtime_id,
            "Pod": f"k3c/{one.name}" if found.sandbox_id else "",
        },
    }
    if found.size:
        shape["SizeRw"] = found.size
    return Sparse(shape, {"SizeRw": None, "SizeRootFs": None})


def _state(found: container_pb2.InspectContainerResponse) -> Shape:
    one = found.container
    shape: Shape = {
        "Status": one.state,
        "Running": one.state in {"running", "paused"},
        "Paused": one.state == "paused",
        "Restarting": one.state == "restarting",
        "OOMKilled": one.exit.out_of_memory,
        "Dead": False,
        "Pid": found.pid,
        "ExitCode": one.exit.code,
        "Error": "",
        "StartedAt": one.started_at.ToJsonString() if one.HasField("started_at") else _NEVER,
        "FinishedAt": one.exit.finished_at.ToJsonString() if one.HasField("exit") else _NEVER,
    }
    if one.health.status:
        shape["Health"] = {
            "Status": one.health.status,
            "FailingStreak": one.health.failing_streak,
            "Log": [
                {
                    "Start": probe.started_at.ToJsonString(),
                    "End": probe.ended_at.ToJsonString(),
                    "ExitCode": probe.exit_code,
                    "Output": probe.output,
                }
                for probe in one.health.probes
            ],
        }
    return Sparse(shape, {"Health": None})


def _host_config(spec: ContainerSpec) -> Shape:
    resources, security, isolation = spec.resources, spec.security, spec.isolation
    return {
        "Binds": [
            _bind(mount)
            for mount in spec.mounts
            if mount.kind is not MountKind.TMPFS and not mount.is_anonymous
        ],
        "NetworkMode": isolation.network or "bridge",
        "PidMode": isolation.pid,
        "IpcMode": isolation.ipc or "private",
        "PortBindings": _bindings(spec.ports),
        "PublishAllPorts": spec.publish_all,
        "RestartPolicy": {
            "Name": str(spec.restart.mode),
            "MaximumRetryCount": spec.restart.max_retries,
        },
        "AutoRemove": spec.auto_remove,
        "Privileged": security.privileged,
        "CapAdd": list(security.cap_add),
        "CapDrop": list(security.cap_drop),
        "GroupAdd": list(security.groups),
        "ReadonlyRootfs": security.read_only,
        "SecurityOpt": _security_options(spec),
        "Devices": [
            {
                "PathOnHost": device.source,
                "PathInContainer": device.target,
                "CgroupPermissions": device.permissions,
            }
            for device in security.devices
        ],
        "Dns": list(isolation.dns.servers),
        "DnsOptions": list(isolation.dns.options),
        "DnsSearch": list(isolation.dns.searches),
        "ExtraHosts": list(isolation.extra_hosts),
        "Sysctls": OpenMap(isolation.sysctls),
        "Ulimits": [
            {"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard} for limit in isolation.ulimits
        ],
        "ShmSize": isolation.shm_size,
        "Tmpfs": OpenMap(
            (mount.target, mount.options) for mount in spec.mounts if mount.kind is MountKind.TMPFS
        ),
        "CgroupParent": isolation.cgroup_parent,
        "Runtime": isolation.runtime,
        "Annotations": OpenMap(isolation.annotations),
        "Init": spec.init,
        "Memory": resources.memory,
        "MemorySwap": resources.memory_swap,
        "NanoCpus": _nano_cpus(resources),
        "CpuShares": resources.cpu_shares,
        "CpuPeriod": resources.cpu_period,
        "CpuQuota": resources.cpu_quota,
        "CpusetCpus": resources.cpuset_cpus,
        "CpusetMems": resources.cpuset_mems,
        "OomScoreAdj": resources.oom_score_adj or 0,
        "PidsLimit": isolation.pids_limit,
    }


def _nano_cpus(resources: Resources) -> int:
    """What `--cpus` asked for, in billionths."""
    if not resources.cpu_period:
        return 0
    return resources.cpu_quota * 10**9 // resources.cpu_period


def _security_options(spec: ContainerSpec) -> list[str]:
    security = spec.security
    named = [
        f"{name}={getattr(security, name)}" for name in ("seccomp", "apparmor") if getattr(security, name)
    ]
    return [*(["no-new-privileges"] if security.no_new_privileges else []), *named]


def _bind(mount: Mount) -> str:
    options = ",".join(filter(None, ("ro" if mount.read_only else "", mount.propagation)))
    return ":".join(filter(None, (mount.source, mount.target, options)))


def _bindings(published: Iterable[PortBinding]) -> Shape:
    shape = OpenMap()
    for port in published:
        last = f"-{port.host_last}" if port.host_last else ""
        host = {"HostIp": port.host_address, "HostPort": f"{port.host_port or ''}{last}"}
        shape.setdefault(f"{port.container_port}/{port.protocol}", []).append(host)
    return shape


def _mount(mount: Mount, source: str) -> Shape:
    shape: Shape = {"Type": str(mount.kind)}
    if mount.kind is MountKind.VOLUME:
        shape |= {"Name": mount.source, "Driver": "local"}
    shape |= {
        "Source": source,
        "Destination": mount.target,
        "Mode": mount.options,
        "RW": not mount.read_only,
        "Propagation": mount.propagation,
    }
    return Sparse(shape, {"Name": "", "Driver": ""})


def _config(found: container_pb2.InspectContainerResponse, spec: ContainerSpec) -> Shape:
    return {
        "Hostname": spec.hostname or found.container.name,
        "Domainname": spec.isolation.domainname,
        "User": found.user,
        "Tty": spec.tty,
        "OpenStdin": spec.stdin,
        "StdinOnce": spec.stdin_once,
        "Env": list(found.environment),
        "Cmd": list(spec.command),
        "Healthcheck": healthcheck_shape(healthcheck_to_wire(spec.healthcheck)),
        "Image": spec.image,
        "Volumes": {mount.target: {} for mount in spec.mounts if mount.is_anonymous},
        "WorkingDir": found.working_dir,
        "Entrypoint": None if spec.entrypoint is None else list(spec.entrypoint),
        "Labels": OpenMap(spec.labels),
        "ExposedPorts": OpenMap((f"{port.container_port}/{port.protocol}", {}) for port in spec.ports),
        "StopSignal": spec.stop_signal,
        "StopTimeout": spec.stop_timeout,
    }


def healthcheck_shape(check: spec_pb2.Healthcheck) -> Shape | None:
    """A health check, its durations in nanoseconds; None for none."""
    if not check.test:
        return None
    return {
        "Test": list(check.test),
        "Interval": round(check.interval * 1e9),
        "Timeout": round(check.timeout * 1e9),
        "StartPeriod": round(check.start_period * 1e9),
        "Retries": check.retries,
    }


def _network(found: container_pb2.InspectContainerResponse, spec: ContainerSpec) -> Shape:
    own = {
        "IPAddress": found.address,
        "IPPrefixLen": found.prefix_length,
        "Gateway": found.gateway,
        "MacAddress": found.mac_address,
    }
    name = spec.isolation.network or found.network
    return {
        **own,
        "Ports": _bindings(ports_from_wire(found.container.ports)),
        "Networks": OpenMap({name: own}),
    }


def image_shape(found: image_pb2.InspectImageResponse) -> Shape:
    """An image as `docker inspect` has it."""
    image = found.image
    platform = [*image.platform.split("/"), "", ""]
    return {
        "Id": image.id,
        "RepoTags": [name for name in image.references if "@" not in name],
        "RepoDigests": [name for name in image.references if "@" in name],
        "Digest": image.digest,
        "Created": image.created_at.ToJsonString(),
        "Size": image.size,
        "Os": platform[0],
        "Architecture": platform[1],
        "Variant": platform[2],
        "Config": {
            "Entrypoint": list(found.entrypoint),
            "Cmd": list(found.command),
            "Env": list(found.environment),
            "WorkingDir": found.working_dir,
            "User": found.user,
            "StopSignal": found.stop_signal,
            "Labels": OpenMap(found.labels),
            "Volumes": OpenMap((path, {}) for path in found.volumes),
            "ExposedPorts": OpenMap((port, {}) for port in found.exposed_ports),
            "Healthcheck": healthcheck_shape(found.healthcheck),
        },
    }
