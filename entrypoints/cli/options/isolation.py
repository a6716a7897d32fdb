"""Flags of `run` and `create` about namespaces, names and the cgroup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from domain import confinement
from domain.confinement import Isolation, Ulimit
from domain.errors import InvalidArgument
from domain.quantities import memory_size
from entrypoints.cli.options.groups import METADATA, NAMESPACES, NETWORK, RESOURCES, STORAGE
from entrypoints.cli.options.security import Texts


@Parameter(name="*", group=NETWORK)
@dataclass(frozen=True)
class IsolationOptions:
    """Namespaces, names and kernel settings."""

    network: Annotated[
        str,
        Parameter(
            name=["--network", "--net"],
            help="Network mode: bridge, host, none or container:NAME (default bridge)",
        ),
    ] = ""
    pid: Annotated[str, Parameter(help="PID namespace: host or container:NAME", group=NAMESPACES)] = ""
    ipc: Annotated[str, Parameter(help="IPC namespace: host or container:NAME", group=NAMESPACES)] = ""
    hostname: Annotated[
        str, Parameter(name=["--hostname", "-h"], help="Hostname of the container (default: its name)")
    ] = ""
    domainname: Annotated[str, Parameter(help="NIS domain name of the container")] = ""
    dns: Annotated[
        Texts, Parameter(help="DNS server, in place of k3c's, which resolves container names")
    ] = ()
    dns_search: Annotated[Texts, Parameter(help="DNS search domain")] = ()
    dns_option: Annotated[Texts, Parameter(help="DNS option for resolv.conf")] = ()
    add_host: Annotated[
        Texts, Parameter(help="Entry for /etc/hosts, HOST:IP; host-gateway as IP means the host")
    ] = ()
    sysctl: Annotated[
        Texts, Parameter(help="Kernel parameter of its namespaces, NAME=VALUE", group=NAMESPACES)
    ] = ()
    ulimit: Annotated[
        Texts, Parameter(help="Ulimit, NAME=SOFT[:HARD], such as nofile=1024", group=RESOURCES)
    ] = ()
    shm_size: Annotated[
        str, Parameter(help="Size of /dev/shm, such as 64m", metavar="bytes", group=STORAGE)
    ] = ""
    pids_limit: Annotated[
        int, Parameter(help="Limit of processes and threads, -1 for unlimited", group=RESOURCES)
    ] = 0
    cgroup_parent: Annotated[str, Parameter(help="Parent cgroup for the container", group=RESOURCES)] = ""
    runtime: Annotated[str, Parameter(help="Runtime handler of containerd to use", group=NAMESPACES)] = ""
    annotation: Annotated[
        Texts, Parameter(help="Annotation for the runtime, NAME=VALUE", group=METADATA)
    ] = ()

    @property
    def isolation(self) -> Isolation:
        """What the flags ask for; raises InvalidArgument."""
        return Isolation(
            network=confinement.parse_namespace("network", self.network),
            pid=confinement.parse_namespace("pid", self.pid),
            ipc=confinement.parse_namespace("ipc", self.ipc),
            dns=confinement.parse_dns(self.dns, self.dns_search, self.dns_option),
            extra_hosts=tuple(map(confinement.parse_extra_host, self.add_host)),
            sysctls=dict(map(confinement.parse_sysctl, self.sysctl)),
            ulimits=tuple(map(Ulimit.parse, self.ulimit)),
            shm_size=memory_size("shm size", self.shm_size),
            cgroup_parent=confinement.check_cgroup_parent(self.cgroup_parent),
            runtime=self.runtime,
            domainname=self.domainname,
            pids_limit=0 if self.pids_limit == -1 else self.pids_limit,
            annotations=dict(map(_annotation, self.annotation)),
        )


def _annotation(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name:
        raise InvalidArgument("annotation", text, "not-name-value")
    return name, value
