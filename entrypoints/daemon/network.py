"""The bridge of the containers: its address range, its CNI configuration, and its rules on the host."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Conflict, Unavailable

# Off the pools of docker (172.17-31, 192.168), podman (10.88), k3s (10.42, 10.43) and kubeadm (10.96, 10.244).
_CANDIDATES = tuple(f"10.{second}.0.0/16" for second in range(61, 80))
_CNI_VERSION = "1.0.0"
_PORTMAP_CHAINS = ("CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK")
PLAIN, PORTMAP = "plain", "portmap"


@dataclass(frozen=True)
class Bridge:
    """A bridge with its range of addresses, such as `10.61.0.0/16`."""

    name: str
    cidr: str

    def conflist(self, data: Path, *, portmap: bool) -> str:
        """Return the CNI configuration.

        Masquerading is a static rule of the daemon and not a rule for each pod, which would be slower.
        """
        bridge = {
            "type": "bridge",
            "bridge": self.name,
            "isGateway": True,
            "hairpinMode": True,
            "ipMasq": False,
            "ipam": {
                "type": "host-local",
                "dataDir": str(data),
                "ranges": [[{"subnet": self.cidr}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
        plugins = [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}][: 1 + portmap]
        network = {"cniVersion": _CNI_VERSION, "name": f"k3c-{self.name}", "plugins": plugins}
        return json.dumps(network, indent=2)

    @property
    def gateway(self) -> str:
        """The host's address on the bridge, where containers reach the daemon's name server."""
        return str(ipaddress.ip_network(self.cidr)[1]) if self.cidr else ""

    def rules(self) -> tuple[tuple[str, ...], ...]:
        """Return the host's rules, each as table, chain and match; a comment marks them as k3c's."""
        mine = ("-m", "comment", "--comment", f"k3c {self.name}")
        state = ("-m", "conntrack", "--ctstate")
        asked = ("-i", self.name, "-d", self.gateway)
        return (
            ("nat", "POSTROUTING", "-s", self.cidr, "!", "-d", self.cidr, *mine, "-j", "MASQUERADE"),
            ("filter", "INPUT", *asked, "-p", "udp", "--dport", "53", *mine, "-j", "ACCEPT"),
            ("filter", "INPUT", *asked, "-p", "tcp", "--dport", "53", *mine, "-j", "ACCEPT"),
            ("filter", "FORWARD", "-i", self.name, *mine, "-j", "ACCEPT"),
            ("filter", "FORWARD", "-o", self.name, *state, "RELATED,ESTABLISHED,DNAT", *mine, "-j", "ACCEPT"),
        )


def choose(name: str, wanted: str, remembered: Path, routes: tuple[str, ...]) -> Bridge:
    """Decide the bridge's range: the configured range, the range of last time, or the first free range.

    The range is kept in the file `remembered`. `routes` are the host's. Raises Conflict if the range
    overlaps a route of the host that is not the bridge's own.
    """
    kept = remembered.read_text().strip() if remembered.exists() else ""
    if wanted or (kept and not _overlap(kept, routes)):
        cidr = wanted or kept
        if clash := _overlap(cidr, routes):
            raise Conflict(
                "bridge range", cidr, f"it overlaps the route {clash}: choose another network.bridge_cidr"
            )
    else:
        cidr = next((candidate for candidate in _CANDIDATES if not _overlap(candidate, routes)), "")
        if not cidr:
            raise Conflict(
                "bridge range", "", "every range that was tried is routed: set network.bridge_cidr"
            )
    remembered.write_text(cidr)
    return Bridge(name, cidr)


def host_routes(*, besides: str) -> tuple[str, ...]:
    """Return the host's IPv4 routes, without default routes and without those of an interface."""
    command = ["ip", "-json", "-4", "route", "show", "table", "all"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except FileNotFoundError as error:
        raise Unavailable("ip", "", "the program is missing: install iproute2") from error
    routes = (route for route in json.loads(listed) if route.get("dev") != besides)
    return tuple(
        route["dst"] for route in routes if route["dst"] != "default" and route.get("type") != "broadcast"
    )


def _overlap(cidr: str, routes: tuple[str, ...]) -> str:
    network = ipaddress.ip_network(cidr)
    return next(
        (route for route in routes if network.overlaps(ipaddress.ip_network(route, strict=False))), ""
    )


async def install_rules(bridge: Bridge) -> None:
    """Add the host's rules that are missing. Raises Unavailable."""
    for table, chain, *match in bridge.rules():
        if await _iptables("-t", table, "-C", chain, *match) is not None:
            insert = ("-I", chain, "1") if table == "filter" else ("-A", chain)
            if problem := await _iptables("-t", table, *insert, *match):
                raise Unavailable("iptables", "", problem)


async def remove_rules(bridge: Bridge) -> None:
    """Remove the host's rules, and portmap's chains if no pod uses them."""
    for table, chain, *match in bridge.rules():
        await _iptables("-t", table, "-D", chain, *match)
    await _remove_unused_portmap_chains()


async def _remove_unused_portmap_chains() -> None:
    listed = await _run("iptables-save", "-t", "nat")
    if f":{_PORTMAP_CHAINS[0]} " not in listed or f"-A {_PORTMAP_CHAINS[0]} " in listed:
        return
    for rule in (line.split() for line in listed.splitlines() if line.startswith("-A ")):
        if rule[-1] in _PORTMAP_CHAINS and rule[1] not in _PORTMAP_CHAINS:
            await _iptables("-t", "nat", "-D", *_unquoted(rule[1:]))
    for chain in _PORTMAP_CHAINS:
        await _iptables("-t", "nat", "-F", chain)
    for chain in _PORTMAP_CHAINS:
        await _iptables("-t", "nat", "-X", chain)


def _unquoted(words: list[str]) -> list[str]:
    """Join the words of a comment, which iptables-save quotes."""
    joined = " ".join(words)
    before, quote, rest = joined.partition('"')
    if not quote:
        return words
    comment, _, after = rest.partition('"')
    return [*before.split(), comment, *after.split()]


async def remove_bridge(bridge: Bridge) -> None:
    """Remove the bridge. Idempotent."""
    if Path("/sys/class/net", bridge.name).exists():
        await _run("ip", "link", "delete", bridge.name)


async def _iptables(*arguments: str) -> str | None:
    """Run iptables; return None when it succeeded, else what it wrote."""
    status, _, said = await _execute("iptables", "-w", "10", *arguments)
    return None if status == 0 else said or f"iptables ended with status {status}"


async def _run(*command: str) -> str:
    status, output, said = await _execute(*command)
    if status != 0:
        raise Unavailable(command[0], "", said)
    return output


async def _execute(*command: str) -> tuple[int, str, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise Unavailable(command[0], "", "the program is missing: install it") from error
    output, said = await process.communicate()
    return process.returncode or 0, output.decode(), said.decode().strip()
