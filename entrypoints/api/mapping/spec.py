"""What a container is made from, on the wire."""

from __future__ import annotations

from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.spec import ContainerSpec, Resources, RestartMode, RestartPolicy
from domain.volume import Mount, MountKind
from entrypoints.api.k3c.v1 import spec_pb2 as pb
from entrypoints.api.mapping.confinement import (
    isolation_from_wire,
    isolation_to_wire,
    security_from_wire,
    security_to_wire,
)
from entrypoints.api.mapping.ports import port_to_wire, ports_from_wire


def mount_to_wire(mount: Mount) -> pb.Mount:
    """Map a mount."""
    return pb.Mount(
        kind=mount.kind,
        source=mount.source,
        target=mount.target,
        read_only=mount.read_only,
        propagation=mount.propagation,
        options=mount.options,
        no_copy=not mount.copy,
    )


def mount_from_wire(mount: pb.Mount) -> Mount:
    """Map a mount.

    Raises InvalidArgument for a kind that this version does not know.
    """
    if mount.kind not in set(MountKind):
        raise InvalidArgument("mount type", mount.kind, "not-one-of", ", ".join(MountKind))
    return Mount(
        MountKind(mount.kind),
        mount.source,
        mount.target,
        mount.read_only,
        mount.propagation,
        mount.options,
        copy=not mount.no_copy,
    )


def healthcheck_to_wire(check: Healthcheck) -> pb.Healthcheck:
    """Map a health check as images and users state it."""
    return pb.Healthcheck(
        test=check.test,
        interval=check.interval,
        timeout=check.timeout,
        start_period=check.start_period,
        start_interval=check.start_interval,
        retries=check.retries,
    )


def healthcheck_from_wire(check: pb.Healthcheck) -> Healthcheck:
    """Map a health check as images and users state it."""
    return Healthcheck(
        test=tuple(check.test),
        interval=check.interval,
        timeout=check.timeout,
        start_period=check.start_period,
        start_interval=check.start_interval,
        retries=check.retries,
    )


def resources_to_wire(resources: Resources) -> pb.Resources:
    """Map limits."""
    return pb.Resources(
        cpu_shares=resources.cpu_shares,
        cpu_quota=resources.cpu_quota,
        cpu_period=resources.cpu_period,
        cpuset_cpus=resources.cpuset_cpus,
        cpuset_mems=resources.cpuset_mems,
        memory=resources.memory,
        memory_swap=resources.memory_swap,
        oom_score_adj=resources.oom_score_adj,
    )


def resources_from_wire(resources: pb.Resources) -> Resources:
    """Map limits."""
    return Resources(
        cpu_shares=resources.cpu_shares,
        cpu_quota=resources.cpu_quota,
        cpu_period=resources.cpu_period,
        cpuset_cpus=resources.cpuset_cpus,
        cpuset_mems=resources.cpuset_mems,
        memory=resources.memory,
        memory_swap=resources.memory_swap,
        oom_score_adj=resources.oom_score_adj if resources.HasField("oom_score_adj") else None,
    )


def restart_from_wire(policy: pb.RestartPolicy) -> RestartPolicy:
    """Map a restart policy; "" is the mode `no`.

    Raises InvalidArgument for a mode that this version does not know.
    """
    mode = policy.mode or RestartMode.NO
    if mode not in set(RestartMode):
        raise InvalidArgument("restart policy", mode, "not-one-of", ", ".join(RestartMode))
    return RestartPolicy(RestartMode(mode), policy.max_retries)


def restart_to_wire(policy: RestartPolicy) -> pb.RestartPolicy:
    """Map a restart policy."""
    return pb.RestartPolicy(mode=policy.mode, max_retries=policy.max_retries)


def spec_to_wire(spec: ContainerSpec) -> pb.ContainerSpec:
    """Map everything that a container is made from."""
    return pb.ContainerSpec(
        image=spec.image,
        command=spec.command,
        entrypoint=None if spec.entrypoint is None else pb.Entrypoint(arguments=spec.entrypoint),
        environment=spec.environment,
        working_dir=spec.working_dir,
        user=spec.user,
        hostname=spec.hostname,
        labels=spec.labels,
        mounts=map(mount_to_wire, spec.mounts),
        ports=map(port_to_wire, spec.ports),
        restart=restart_to_wire(spec.restart),
        auto_remove=spec.auto_remove,
        stop_signal=spec.stop_signal,
        stop_timeout=spec.stop_timeout,
        publish_all=spec.publish_all,
        healthcheck=healthcheck_to_wire(spec.healthcheck),
        resources=resources_to_wire(spec.resources),
        tty=spec.tty,
        stdin=spec.stdin,
        stdin_once=spec.stdin_once,
        init=spec.init,
        security=security_to_wire(spec.security),
        isolation=isolation_to_wire(spec.isolation),
        volumes_from=spec.volumes_from,
        platform=spec.platform,
    )


def spec_from_wire(spec: pb.ContainerSpec) -> ContainerSpec:
    """Map everything that a container is made from.

    Raises InvalidArgument for a mount or a restart policy that this version does not know.
    """
    return ContainerSpec(
        image=spec.image,
        command=tuple(spec.command),
        entrypoint=tuple(spec.entrypoint.arguments) if spec.HasField("entrypoint") else None,
        environment=tuple(spec.environment),
        working_dir=spec.working_dir,
        user=spec.user,
        hostname=spec.hostname,
        labels=dict(spec.labels),
        mounts=tuple(map(mount_from_wire, spec.mounts)),
        ports=ports_from_wire(spec.ports),
        restart=restart_from_wire(spec.restart),
        auto_remove=spec.auto_remove,
        stop_signal=spec.stop_signal,
        stop_timeout=spec.stop_timeout,
        publish_all=spec.publish_all,
        healthcheck=healthcheck_from_wire(spec.healthcheck),
        resources=resources_from_wire(spec.resources),
        tty=spec.tty,
        stdin=spec.stdin,
        stdin_once=spec.stdin_once,
        init=spec.init,
        security=security_from_wire(spec.security),
        isolation=isolation_from_wire(spec.isolation),
        volumes_from=tuple(spec.volumes_from),
        platform=spec.platform,
    )
