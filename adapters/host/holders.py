"""Which process holds a port: /proc/net has the socket's inode, /proc/<pid>/fd the process that has it open."""

from __future__ import annotations

import ipaddress
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from domain.network import PortBinding

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PROC = Path("/proc")
_LISTENING = "0A"  # TCP_LISTEN, include/net/tcp_states.h
_TIMEOUT = 1.0  # seconds of looking around; a machine may have very many processes


def holder(binding: PortBinding) -> str:
    """Return the process that holds a port as `nginx (pid 812)`, "" where it is not found. Blocks."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(binding)}
    if not wanted:
        return ""
    deadline = time.monotonic() + _TIMEOUT
    for pid in sorted(int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()):
        if time.monotonic() > deadline:
            break
        # Processes end, and some may not be looked into.
        with suppress(OSError):
            if _has_open(pid, wanted):
                return f"{(_PROC / str(pid) / 'comm').read_text().strip()} (pid {pid})"
    return ""


def _has_open(pid: int, wanted: set[str]) -> bool:
    for descriptor in (_PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):
            if str(descriptor.readlink()) in wanted:
                return True
    return False


def _inodes(binding: PortBinding) -> Iterator[str]:
    address = ipaddress.ip_address(binding.host_address)
    for table in (binding.protocol, f"{binding.protocol}6"):
        # sctp has a table of another form, and a kernel may lack IPv6.
        with suppress(OSError):
            for line in (_PROC / "net" / table).read_text().splitlines()[1:]:
                yield from _match(line.split(), binding, address)


def _match(fields: list[str], binding: PortBinding, address: _Address) -> Iterator[str]:
    """Return the inode of a line of /proc/net/{tcp,udp}[6] (proc(5)) if it holds the port and is not gone (0)."""
    local, state, inode = fields[1], fields[3], fields[9]
    host, _, port = local.partition(":")
    if int(port, 16) != binding.host_port or inode == "0":
        return
    if binding.protocol == "tcp" and state != _LISTENING:
        return
    theirs = parse_address(host)
    if theirs == address or theirs.is_unspecified or address.is_unspecified:
        yield inode


def parse_address(text: str) -> _Address:
    """Read an address of /proc/net: 32-bit words in hexadecimal, each in this machine's byte order."""
    words = [int(text[start : start + 8], 16) for start in range(0, len(text), 8)]
    found = ipaddress.ip_address(struct.pack(f"={len(words)}I", *words))
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
