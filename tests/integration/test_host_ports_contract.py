"""The contract on this machine's ports."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from adapters.host.ports import LinuxHostPorts
from application.ports.host import HostPorts
from domain.network import PortBinding
from tests.unit.contracts.host_ports_contract import Hold, HostPortsContract

_HOLDER = """
import socket, sys
kind, port = sys.argv[1], int(sys.argv[2])
held = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
held.bind((sys.argv[3], port))
if kind == "tcp":
    held.listen()
print(held.getsockname()[1], flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def a_holder(binding: PortBinding) -> AsyncIterator[tuple[PortBinding, str]]:
    """A process that holds the port, as busy servers do, with SO_REUSEADDR."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, binding.protocol, str(binding.host_port), binding.host_address,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    name = Path(f"/proc/{process.pid}/comm").read_text().strip()
    yield binding.at(port), f"{name} (pid {process.pid})"
    process.stdin.close()
    await process.wait()


class TestLinuxHostPorts(HostPortsContract):
    @pytest.fixture
    def subject(self) -> HostPorts:
        return LinuxHostPorts()

    @pytest.fixture
    async def hold(self) -> AsyncIterator[Hold]:
        async with AsyncExitStack() as stack:
            yield lambda binding: stack.enter_async_context(a_holder(binding))
