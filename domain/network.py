"""Published ports, and how a container finds other hosts by name."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

from domain.errors import InvalidArgument
from domain.problems import ArgumentProblem

DEFAULT_HOST_ADDRESS = "127.0.0.1"
_PROTOCOLS = ("tcp", "udp", "sctp")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_LARGEST_PORT = 65535


@dataclass(frozen=True, order=True)
class PortBinding:
    """A port of the container, published at a port of the host.

    `host_port` 0 asks for any free one, and `host_last` for any from `host_port` to there.
    """

    container_port: int
    protocol: str = "tcp"
    host_address: str = DEFAULT_HOST_ADDRESS
    host_port: int = 0
    host_last: int = 0

    def at(self, host_port: int) -> PortBinding:
        """The same binding with its host port decided."""
        return replace(self, host_port=host_port, host_last=0)

    @property
    def decided(self) -> bool:
        """Whether it has one host port."""
        return bool(self.host_port) and not self.host_last

    @property
    def choices(self) -> tuple[PortBinding, ...]:
        """What it may become: itself, or one for each port of its range."""
        if not self.host_last:
            return (self,)
        return tuple(self.at(port) for port in range(self.host_port, self.host_last + 1))

    @property
    def relayed(self) -> bool:
        """Whether a process has to pass it on: containers have IPv4 addresses only."""
        return ":" in self.host_address

    def overlaps(self, other: PortBinding) -> bool:
        """Whether both cannot be published at once."""
        if (self.host_port, self.protocol) != (other.host_port, other.protocol):
            return False
        if not (self.decided and other.decided):
            return False
        mine, theirs = ipaddress.ip_address(self.host_address), ipaddress.ip_address(other.host_address)
        if mine.version != theirs.version:
            return False
        return mine == theirs or mine.is_unspecified or theirs.is_unspecified

    @property
    def address(self) -> str:
        """`127.0.0.1:8080`, with brackets around IPv6."""
        host = f"[{self.host_address}]" if ":" in self.host_address else self.host_address
        return f"{host}:{self.host_port}" + (f"-{self.host_last}" if self.host_last else "")

    def __str__(self) -> str:
        return f"{self.address}/{self.protocol}"


@dataclass(frozen=True)
class Dns:
    """What stands in a container's resolv.conf: IP addresses, search domains and options, in their order."""

    servers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def with_defaults(self, defaults: Dns) -> Dns:
        """These settings, with the defaults where there are none, each list as a whole."""
        return Dns(
            self.servers or defaults.servers,
            self.searches or defaults.searches,
            self.options or defaults.options,
        )


AS_THE_HOST = Dns()


def parse_resolv_conf(text: str) -> Dns:
    """Read resolv.conf(5): the last `search` or `domain` line wins; what is not known is left out."""
    servers: list[str] = []
    searches: list[str] = []
    options: list[str] = []
    for words in (line.split() for line in text.splitlines()):
        match words:
            case ["nameserver", server, *_]:
                servers.append(server)
            case ["search" | "domain", *domains]:
                searches = domains
            case ["options", *more]:
                options += more
    return Dns(tuple(servers), tuple(searches), tuple(options))


def parse_publish(text: str) -> tuple[PortBinding, ...]:
    """Read one `-p`: `80`, `8080:80`, `0.0.0.0:53:53/udp`, `8000-8005:80-85`; raises InvalidArgument.

    The host port 0 is any that is free. Without a host address the port is published on 127.0.0.1 only.
    """
    rest, slash, protocol = text.partition("/")
    protocol = protocol.lower() if slash else "tcp"
    if protocol not in _PROTOCOLS:
        raise _malformed(text, "not-one-of", ", ".join(f"PORT/{name}" for name in _PROTOCOLS))
    head, _, container = rest.rpartition(":")
    address, host = _split_host(text, head)
    container_ports = _port_range(text, container)
    is_any = host in {"", "0"}
    host_ports = [0] * len(container_ports) if is_any else _port_range(text, host)
    if ":" in address:
        _check_relayable(text, protocol)
    if len(container_ports) == 1 < len(host_ports):
        return (PortBinding(container_ports[0], protocol, address, host_ports[0], host_ports[-1]),)
    if len(host_ports) != len(container_ports):
        raise _malformed(text, "port-lengths-differ")
    return tuple(
        PortBinding(inner, protocol, address, outer)
        for inner, outer in zip(container_ports, host_ports, strict=True)
    )


def _check_relayable(text: str, protocol: str) -> None:
    if protocol != "tcp":
        raise _malformed(text, "port-ipv6-tcp-only")


def _split_host(text: str, head: str) -> tuple[str, str]:
    if ":" in head:
        address, _, host = head.rpartition(":")
    elif "." in head or head.startswith("["):
        raise _malformed(text, "port-form")
    else:
        address, host = "", head
    if not address:
        return DEFAULT_HOST_ADDRESS, host
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
    try:
        return str(ipaddress.ip_address(address)), host
    except ValueError as error:
        raise _malformed(text, "not-an-address", address) from error


def _port_range(text: str, ports: str) -> list[int]:
    found = _PORTS.fullmatch(ports)
    if found is None:
        raise _malformed(text, "port-form")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last <= _LARGEST_PORT:
        raise _malformed(text, "port-range", str(_LARGEST_PORT))
    return list(range(first, last + 1))


def _malformed(text: str, problem: ArgumentProblem, detail: str = "") -> InvalidArgument:
    return InvalidArgument("published port", text, problem, detail)
