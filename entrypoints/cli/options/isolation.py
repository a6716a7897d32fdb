"""Flags of `run` and `create` about namespaces, names and the cgroup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from domain import confinement
from domain.confinement import Isolation, Ulimit
from domain.errors import InvalidArgument
from domain.quantities import memory_size
from entrypoints.cli.options.security import Texts


@Parameter(name="*")
@dataclass(frozen=True)
class IsolationOptions:
    """Namespaces, names and kernel settings."""

    network: Annotated[
        str, Parameter(name=["--network", "--net"], help="bridge, host, none or container:NAME.")
    ] = ""
    pid: Annotated[str, Parameter(help="host or container:NAME: see the processes of others.")] = ""
    ipc: Annotated[str, Parameter(help="host or container:NAME: share memory with others.")] = ""
    hostname: Annotated[str, Parameter(name=["--hostname", "-h"], help="Its hostname (its name).")] = ""
    dns: Annotated[
        Texts, Parameter(help="A DNS server, in place of k3c's, which knows the containers' names.")
    ] = ()
    dns_search: Annotated[Texts, Parameter(help="A domain to look short names up in.")] = ()
    dns_option: Annotated[Texts, Parameter(help="An option of resolv.conf.")] = ()
    add_host: Annotated[
        Texts, Parameter(help="name:address for its /etc/hosts; host-gateway is this machine.")
    ] = ()
    sysctl: Annotated[Texts, Parameter(help="name=value, of its own network and ipc.")] = ()
    ulimit: Annotated[Texts, Parameter(help="name=soft[:hard], such as nofile=1024.")] = ()
    shm_size: Annotated[str, Parameter(help="The size of /dev/shm, such as 64m.")] = ""
    cgroup_parent: Annotated[str, Parameter(help="The cgroup to put its own in.")] = ""
    runtime: Annotated[str, Parameter(help="A runtime handler of containerd's.")] = ""
    annotation: Annotated[Texts, Parameter(help="NAME=value, for the runtime.")] = ()

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
            annotations=dict(map(_annotation, self.annotation)),
        )


def _annotation(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name:
        raise InvalidArgument("annotation", text, "not-name-value")
    return name, value
