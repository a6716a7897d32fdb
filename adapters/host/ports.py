"""The host's ports, found free by binding them."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from contextlib import ExitStack
from itertools import combinations

from adapters.host.errors import cannot_bind
from adapters.host.holders import holder
from domain.errors import InvalidArgument, K3cError, PortInUse
from domain.network import PortBinding

_KINDS = {
    "tcp": (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    "udp": (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    "sctp": (socket.SOCK_STREAM, socket.IPPROTO_SCTP),
}


class LinuxHostPorts:
    """application.ports.host.HostPorts. A port counts as taken when the kernel does not let us bind it.

    A port that only a packet filter redirects is not noticed: the state store knows k3c's own ports.
    """

    async def decide(
        self, bindings: tuple[PortBinding, ...], in_use: tuple[PortBinding, ...] = ()
    ) -> tuple[PortBinding, ...]:
        """Return the bindings in their order, each with a host port that was free a moment ago.

        Raises PortInUse, InvalidArgument (not an address of this machine, a privileged port, a protocol
        that the kernel lacks, the same port twice).
        """
        return await asyncio.to_thread(_decide, bindings, in_use)


def _decide(bindings: tuple[PortBinding, ...], in_use: tuple[PortBinding, ...]) -> tuple[PortBinding, ...]:
    for first, second in combinations(bindings, 2):
        if first.overlaps(second):
            raise InvalidArgument("port to publish", str(second), "it is published twice")
    # The named ports first, so that no free one is drawn that is named too; all are kept to the end of
    # the call, so that no port is drawn twice.
    with ExitStack() as kept:
        decided = {
            place: _draw(binding, in_use, kept)
            for place, binding in sorted(enumerate(bindings), key=lambda item: not item[1].decided)
        }
    return tuple(decided[place] for place in range(len(bindings)))


def _draw(binding: PortBinding, in_use: tuple[PortBinding, ...], kept: ExitStack) -> PortBinding:
    """Bind the first choice that can be bound; raise the failure of the last choice."""
    refusal: K3cError = PortInUse(str(binding), "", "")
    for choice in binding.choices:
        if binding.host_last and any(choice.overlaps(other) for other in in_use):
            continue
        try:
            return _bind(choice, in_use, kept)
        except PortInUse as error:
            refusal = error
    raise refusal


def _bind(binding: PortBinding, in_use: tuple[PortBinding, ...], kept: ExitStack) -> PortBinding:
    """Bind the port for as long as `kept` lasts; a free port that the kernel draws is never a held port."""
    while True:
        try:
            probe = kept.enter_context(_socket(binding))
            probe.bind((binding.host_address, binding.host_port))
        except OSError as error:
            process = holder(binding) if error.errno == errno.EADDRINUSE else ""
            raise cannot_bind(error, binding, process) from error
        bound = binding.at(int(probe.getsockname()[1]))
        if binding.decided or not any(bound.overlaps(other) for other in in_use):
            return bound


def _socket(binding: PortBinding) -> socket.socket:
    kind, protocol = _KINDS[binding.protocol]
    is_v6 = ipaddress.ip_address(binding.host_address).version == 6
    probe = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, kind, protocol)
    if is_v6:
        probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if binding.protocol == "tcp":
        # Connections in TIME_WAIT do not count then, listening sockets still do. For udp the same
        # option would share the port with its holder.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return probe
