"""What a container may do and what it shares with others, on the wire."""

from __future__ import annotations

from domain.confinement import Device, Isolation, Security, Ulimit
from domain.network import Dns
from entrypoints.api.k3c.v1 import spec_pb2 as pb


def device_to_wire(device: Device) -> pb.Device:
    """Map a device."""
    return pb.Device(source=device.source, target=device.target, permissions=device.permissions)


def device_from_wire(device: pb.Device) -> Device:
    """Map a device."""
    return Device(device.source, device.target, device.permissions)


def dns_to_wire(dns: Dns) -> pb.Dns:
    """Map the contents of resolv.conf."""
    return pb.Dns(servers=dns.servers, searches=dns.searches, options=dns.options)


def dns_from_wire(dns: pb.Dns) -> Dns:
    """Map the contents of resolv.conf."""
    return Dns(tuple(dns.servers), tuple(dns.searches), tuple(dns.options))


def ulimit_to_wire(ulimit: Ulimit) -> pb.Ulimit:
    """Map a limit of processes."""
    return pb.Ulimit(name=ulimit.name, soft=ulimit.soft, hard=ulimit.hard)


def ulimit_from_wire(ulimit: pb.Ulimit) -> Ulimit:
    """Map a limit of processes."""
    return Ulimit(ulimit.name, ulimit.soft, ulimit.hard)


def security_to_wire(security: Security) -> pb.Security:
    """Map what a container may do."""
    return pb.Security(
        privileged=security.privileged,
        cap_add=security.cap_add,
        cap_drop=security.cap_drop,
        seccomp=security.seccomp,
        apparmor=security.apparmor,
        no_new_privileges=security.no_new_privileges,
        groups=security.groups,
        read_only=security.read_only,
        devices=map(device_to_wire, security.devices),
    )


def security_from_wire(security: pb.Security) -> Security:
    """Map what a container may do."""
    return Security(
        privileged=security.privileged,
        cap_add=tuple(security.cap_add),
        cap_drop=tuple(security.cap_drop),
        seccomp=security.seccomp,
        apparmor=security.apparmor,
        no_new_privileges=security.no_new_privileges,
        groups=tuple(security.groups),
        read_only=security.read_only,
        devices=tuple(map(device_from_wire, security.devices)),
    )


def isolation_to_wire(isolation: Isolation) -> pb.Isolation:
    """Map what a container shares with others."""
    return pb.Isolation(
        network=isolation.network,
        pid=isolation.pid,
        ipc=isolation.ipc,
        dns=dns_to_wire(isolation.dns),
        extra_hosts=isolation.extra_hosts,
        sysctls=isolation.sysctls,
        ulimits=map(ulimit_to_wire, isolation.ulimits),
        shm_size=isolation.shm_size,
        cgroup_parent=isolation.cgroup_parent,
        runtime=isolation.runtime,
        annotations=isolation.annotations,
        domainname=isolation.domainname,
        pids_limit=isolation.pids_limit,
    )


def isolation_from_wire(isolation: pb.Isolation) -> Isolation:
    """Map what a container shares with others."""
    return Isolation(
        network=isolation.network,
        pid=isolation.pid,
        ipc=isolation.ipc,
        dns=dns_from_wire(isolation.dns),
        extra_hosts=tuple(isolation.extra_hosts),
        sysctls=dict(isolation.sysctls),
        ulimits=tuple(map(ulimit_from_wire, isolation.ulimits)),
        shm_size=isolation.shm_size,
        cgroup_parent=isolation.cgroup_parent,
        runtime=isolation.runtime,
        annotations=dict(isolation.annotations),
        domainname=isolation.domainname,
        pids_limit=isolation.pids_limit,
    )
