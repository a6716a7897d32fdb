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
_BUILT_IN = ("PREROUTING", "OUTPUT", "POSTROUTING")
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
            raise Conflict("bridge range", cidr, "range-routed", clash)
    else:
        cidr = next((candidate for candidate in _CANDIDATES if not _overlap(candidate, routes)), "")
        if not cidr:
            raise Conflict("bridge range", "", "no-free-range")
    remembered.write_text(cidr)
    return Bridge(name, cidr)


def host_routes(*, besides: str) -> tuple[str, ...]:
    """Return the host's IPv4 routes, without default routes and without those of an interface."""
    command = ["ip", "-json", "-4", "route", "show", "table", "all"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except FileNotFoundError as error:
        raise Unavailable("ip", "", "missing-program") from error
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
                raise Unavailable("iptables", "", "failed", problem)


async def remove_rules(bridge: Bridge) -> None:
    """Remove the host's rules, and portmap's chains if nobody uses them."""
    for table, chain, *match in bridge.rules():
        await _iptables("-t", table, "-D", chain, *match)
    await _remove_unused_portmap_chains(bridge)


async def _remove_unused_portmap_chains(bridge: Bridge) -> None:
    """Remove the chains that portmap made, which are shared by all that uses CNI on this machine.

    They stay while containers that are not ours have a network: one that is being started has its interface
    before portmap looks for the chains, and fails if they go away then. The removal is one transaction,
    which the kernel refuses as a whole when a chain is in use by then.
    """
    if await _has_other_containers(bridge):
        return
    listed = (await _run("iptables-save", "-t", "nat")).splitlines()
    chains = [chain for chain in _PORTMAP_CHAINS if any(line.startswith(f":{chain} ") for line in listed)]
    rules = [line for line in listed if line.startswith("-A ")]
    if any(line.startswith(f"-A {_PORTMAP_CHAINS[0]} ") for line in rules):
        return
    jumps = [line for line in rules if line.split()[-1] in chains and line.split()[1] in _BUILT_IN]
    removal = [
        "*nat",
        *(line.replace("-A", "-D", 1) for line in jumps),
        *(f"-F {chain}" for chain in chains),
        *(f"-X {chain}" for chain in chains),
        "COMMIT",
    ]
    await _execute("iptables-restore", "--noflush", "-w", "10", given="\n".join(removal) + "\n")


async def _has_other_containers(bridge: Bridge) -> bool:
    """Whether there is a veth interface that is not on our bridge."""
    interfaces = json.loads(await _run("ip", "-json", "link", "show", "type", "veth"))
    return any(interface and interface.get("master") != bridge.name for interface in interfaces)


async def remove_bridge(bridge: Bridge) -> None:
    """Remove the bridge. Idempotent."""
    if Path("/sys/class/net", bridge.name).exists():
        await _run("ip", "link", "delete", bridge.name)


async def _iptables(*arguments: str) -> str | None:
    """Run iptables; return None when it succeeded, else what it wrote."""
    status, _, said = await _execute("iptables", "-w", "10", *arguments)
    return None if status == 0 else said or str(status)


async def _run(*command: str) -> str:
    status, output, said = await _execute(*command)
    if status != 0:
        raise Unavailable(command[0], "", "failed", said)
    return output


async def _execute(*command: str, given: str = "") -> tuple[int, str, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if given else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError as error:
        raise Unavailable(command[0], "", "missing-program") from error
    output, said = await process.communicate(given.encode() if given else None)
    return process.returncode or 0, output.decode(), said.decode().strip()
