"""What a container is made from, on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from domain.confinement import Device, Isolation, Security, Ulimit
from domain.container import ContainerRecord
from domain.errors import InvalidArgument
from domain.health import Healthcheck
from domain.network import Dns, PortBinding
from domain.spec import ContainerSpec, Resources, RestartMode, RestartPolicy
from domain.volume import Mount, MountKind
from entrypoints.api.k3c.v1 import k3c_pb2 as pb


def port_to_wire(port: PortBinding) -> pb.PortBinding:
    """One published port."""
    return pb.PortBinding(
        container_port=port.container_port,
        protocol=port.protocol,
        host_address=port.host_address,
        host_port=port.host_port,
        host_last=port.host_last,
    )


def ports_from_wire(ports: Iterable[pb.PortBinding]) -> tuple[PortBinding, ...]:
    """Published ports."""
    return tuple(
        PortBinding(port.container_port, port.protocol, port.host_address, port.host_port, port.host_last)
        for port in ports
    )


def decided_ports(record: ContainerRecord) -> list[pb.PortBinding]:
    """The published ports of a container's life."""
    return [port_to_wire(port) for port in record.attempt.ports] if record.attempt else []


def mount_to_wire(mount: Mount) -> pb.Mount:
    """One mount."""
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
    """One mount; raises InvalidArgument for a kind this version does not know."""
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
    """What is asked of a health check."""
    return pb.Healthcheck(**vars(check))


def healthcheck_from_wire(check: pb.Healthcheck) -> Healthcheck:
    """What is asked of a health check."""
    return Healthcheck(
        tuple(check.test),
        check.interval,
        check.timeout,
        check.start_period,
        check.start_interval,
        check.retries,
    )


def resources_to_wire(resources: Resources) -> pb.Resources:
    """Limits."""
    return pb.Resources(**vars(resources))


def resources_from_wire(resources: pb.Resources) -> Resources:
    """Limits."""
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


def security_to_wire(security: Security) -> pb.Security:
    """What a container may do."""
    devices = [pb.Device(**vars(device)) for device in security.devices]
    return pb.Security(**{**vars(security), "devices": devices})


def security_from_wire(security: pb.Security) -> Security:
    """What a container may do."""
    return Security(
        privileged=security.privileged,
        cap_add=tuple(security.cap_add),
        cap_drop=tuple(security.cap_drop),
        seccomp=security.seccomp,
        apparmor=security.apparmor,
        no_new_privileges=security.no_new_privileges,
        groups=tuple(security.groups),
        read_only=security.read_only,
        devices=tuple(
            Device(device.source, device.target, device.permissions) for device in security.devices
        ),
    )


def isolation_to_wire(isolation: Isolation) -> pb.Isolation:
    """What a container shares with others."""
    ulimits = [pb.Ulimit(**vars(limit)) for limit in isolation.ulimits]
    dns = pb.Dns(**vars(isolation.dns))
    return pb.Isolation(**{**vars(isolation), "dns": dns, "ulimits": ulimits})


def isolation_from_wire(isolation: pb.Isolation) -> Isolation:
    """What a container shares with others."""
    dns = isolation.dns
    return Isolation(
        network=isolation.network,
        pid=isolation.pid,
        ipc=isolation.ipc,
        dns=Dns(tuple(dns.servers), tuple(dns.searches), tuple(dns.options)),
        extra_hosts=tuple(isolation.extra_hosts),
        sysctls=dict(isolation.sysctls),
        ulimits=tuple(Ulimit(limit.name, limit.soft, limit.hard) for limit in isolation.ulimits),
        shm_size=isolation.shm_size,
        cgroup_parent=isolation.cgroup_parent,
        runtime=isolation.runtime,
        annotations=dict(isolation.annotations),
    )


def restart_from_wire(policy: pb.RestartPolicy) -> RestartPolicy:
    """A restart policy; raises InvalidArgument for a mode this version does not know."""
    mode = policy.mode or RestartMode.NO
    if mode not in set(RestartMode):
        raise InvalidArgument("restart policy", mode, "not-one-of", ", ".join(RestartMode))
    return RestartPolicy(RestartMode(mode), policy.max_retries)


def restart_to_wire(policy: RestartPolicy) -> pb.RestartPolicy:
    """A restart policy."""
    return pb.RestartPolicy(mode=policy.mode, max_retries=policy.max_retries)


def spec_to_wire(spec: ContainerSpec) -> pb.ContainerSpec:
    """A whole request for a container."""
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
    """A whole request for a container; raises InvalidArgument."""
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
