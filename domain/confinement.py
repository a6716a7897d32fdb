"""What a container may do, and what it shares with others: the flags of `run` beside its process and its limits."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from dataclasses import dataclass, field

from domain.capabilities import capability
from domain.errors import InvalidArgument
from domain.names import check_name
from domain.network import Dns

UNCONFINED = "unconfined"
HOST = "host"
NONE = "none"
HOST_GATEWAY = "host-gateway"
UNLIMITED = -1
_OWN = ("", "private", "shareable", "default", "bridge")
_OTHER = "container:"
_ULIMITS = (
    "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack"
).split()


@dataclass(frozen=True)
class Device:
    """A device of this machine at `target`; `permissions` out of `rwm`."""

    source: str
    target: str
    permissions: str = "rwm"

    @classmethod
    def parse(cls, text: str) -> Device:
        """Read `/dev/x[:/dev/y][:rwm]`; raises InvalidArgument."""
        parts = text.split(":")
        permissions = parts.pop() if len(parts) > 1 and re.fullmatch("[rwm]{1,3}", parts[-1]) else "rwm"
        if len(parts) > 2 or not all(part.startswith("/") for part in parts):
            raise InvalidArgument("device", text, "device-form")
        return cls(parts[0], parts[-1], permissions)


@dataclass(frozen=True)
class Ulimit:
    """A limit of processes by its name in setrlimit(2), lower case and without RLIMIT_; -1 is unlimited."""

    name: str
    soft: int
    hard: int

    @classmethod
    def parse(cls, text: str) -> Ulimit:
        """Read `nofile=1024[:2048]`; raises InvalidArgument."""
        found = re.fullmatch(r"([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?", text)
        if not found or found[1] not in _ULIMITS:
            raise InvalidArgument("ulimit", text, "ulimit-form", ", ".join(_ULIMITS))
        soft, hard = (
            UNLIMITED if value == "unlimited" else int(value) for value in (found[2], found[3] or found[2])
        )
        if hard != UNLIMITED and (soft == UNLIMITED or soft > hard):
            raise InvalidArgument("ulimit", text, "soft-above-hard")
        return cls(found[1], soft, hard)


@dataclass(frozen=True)
class Security:
    """`seccomp` and `apparmor` are "" for the runtime's profile, `unconfined`, or a profile's file or name.

    Capabilities are named as in `domain.capabilities`; `groups` by name or number.
    """

    privileged: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    seccomp: str = ""
    apparmor: str = ""
    no_new_privileges: bool = False
    groups: tuple[str, ...] = ()
    read_only: bool = False
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True)
class Isolation:
    """`network`, `pid`, `ipc`: "" for its own, `host`, `container:NAME`; the network also `none`.

    `extra_hosts` are `name:address` lines of /etc/hosts; `shm_size` is in bytes, 0 for the runtime's;
    `runtime` is a handler of the runtime's; `pids_limit` is a number of processes and threads, 0 for any.
    """

    network: str = ""
    pid: str = ""
    ipc: str = ""
    dns: Dns = field(default_factory=Dns)
    extra_hosts: tuple[str, ...] = ()
    sysctls: dict[str, str] = field(default_factory=dict)
    ulimits: tuple[Ulimit, ...] = ()
    shm_size: int = 0
    cgroup_parent: str = ""
    runtime: str = ""
    annotations: dict[str, str] = field(default_factory=dict)
    domainname: str = ""
    pids_limit: int = 0

    @property
    def has_pod_network(self) -> bool:
        """Whether it is on the bridge."""
        return not self.network

    @property
    def joined(self) -> dict[str, str]:
        """The containers whose namespaces it shares, by kind of namespace."""
        kinds = {"network": self.network, "pid": self.pid, "ipc": self.ipc}
        return {kind: value.removeprefix(_OTHER) for kind, value in kinds.items() if value.startswith(_OTHER)}

    def check(self, *, publishes: bool, has_hostname: bool) -> None:
        """Raise InvalidArgument for settings that exclude each other."""
        if self.network and publishes:
            raise InvalidArgument("network", self.network, "port-without-bridge")
        if self.network == HOST and (has_hostname or self.domainname):
            raise InvalidArgument("network", self.network, "hostname-of-host")
        if self.pids_limit < 0:
            raise InvalidArgument("pids limit", str(self.pids_limit), "out-of-range", "1 up")
        for name in self.sysctls:
            if name.startswith("net.") and self.network:
                raise InvalidArgument("sysctl", name, "sysctl-without-network", self.network)
        for value in self.joined.values():
            check_name("container", value)


def parse_namespace(flag: str, text: str) -> str:
    """Read `--net`, `--pid` or `--ipc`; raises InvalidArgument."""
    if text in _OWN:
        return ""
    if text == HOST or (text == NONE and flag == "network") or (text.startswith(_OTHER) and text != _OTHER):
        return text
    forms = (HOST, *((NONE,) if flag == "network" else ()), f"{_OTHER}NAME")
    raise InvalidArgument(flag, text, "not-one-of", ", ".join(forms))


def parse_security_options(texts: tuple[str, ...]) -> dict[str, object]:
    """The fields of a Security that `--security-opt` flags set; raises InvalidArgument."""
    changes: dict[str, object] = {}
    for text in texts:
        name, _, value = text.replace(":", "=", 1).partition("=")
        if name == "no-new-privileges" and value in {"", "true", "false"}:
            changes["no_new_privileges"] = value != "false"
        elif name in {"seccomp", "apparmor"} and value:
            changes[name] = value
        else:
            raise InvalidArgument("security option", text, "security-option-form")
    return changes


def parse_capabilities(texts: tuple[str, ...]) -> tuple[str, ...]:
    """`--cap-add` or `--cap-drop` flags; raises InvalidArgument."""
    return tuple(capability(part) for text in texts for part in text.split(","))


def parse_sysctl(text: str) -> tuple[str, str]:
    """Read `name=value`; raises InvalidArgument."""
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[a-z0-9_]+([./][A-Za-z0-9_-]+)+", name):
        raise InvalidArgument("sysctl", text, "not-name-value")
    if not name.startswith(("net.", "kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")):
        raise InvalidArgument("sysctl", name, "sysctl-of-host")
    return name, value


def parse_extra_host(text: str) -> str:
    """Read `name:address` (or `name=address`), the address also `host-gateway`; raises InvalidArgument."""
    name, separator, address = text.partition("=" if "=" in text else ":")
    address = address.strip("[]")
    if not separator or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise InvalidArgument("extra host", text, "extra-host-form")
    if address != HOST_GATEWAY:
        _check_address("extra host", text, address)
    return f"{name}:{address}"


def parse_dns(servers: tuple[str, ...], searches: tuple[str, ...], options: tuple[str, ...]) -> Dns:
    """`--dns`, `--dns-search` and `--dns-option` flags; raises InvalidArgument."""
    for server in servers:
        _check_address("DNS server", server, server)
    return Dns(servers, searches, options)


def _check_address(what: str, text: str, address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise InvalidArgument(what, text, "not-an-address", address) from error


def check_cgroup_parent(path: str) -> str:
    """A cgroup's path; raises InvalidArgument."""
    if path and (not path.startswith("/") or posixpath.normpath(path) != path):
        raise InvalidArgument("cgroup parent", path, "not-absolute")
    return path
