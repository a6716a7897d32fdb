"""The contract on containerd, and what only a real runtime can show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from adapters.cri.sandboxes import CriSandboxRuntime
from application.ports.runtime import SandboxRuntime
from domain.errors import InvalidArgument, NotFound
from domain.names import new_id
from domain.network import PortBinding
from tests.integration.daemon import Daemon
from tests.unit.contracts.sandbox_runtime_contract import SandboxRuntimeContract, a_request


@pytest.fixture
async def channel(containerd_socket: str) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"unix://{containerd_socket}") as channel:
        yield channel


@pytest.fixture
async def sandboxes(channel: grpc.aio.Channel) -> AsyncIterator[CriSandboxRuntime]:
    """A k3c of its own on the shared runtime, which leaves nothing there."""
    sandboxes = CriSandboxRuntime(channel, new_id())
    yield sandboxes
    for state in await sandboxes.list():
        await sandboxes.remove(state.id)
    assert await sandboxes.list() == ()


class TestCriSandboxRuntime(SandboxRuntimeContract):
    @pytest.fixture
    def subject(self, sandboxes: CriSandboxRuntime) -> SandboxRuntime:
        return sandboxes


async def test_the_pods_of_another_k3c_are_not_seen(
    channel: grpc.aio.Channel, sandboxes: CriSandboxRuntime, tmp_path: Path
) -> None:
    sandbox_id = await sandboxes.run(a_request(tmp_path))
    other = CriSandboxRuntime(channel, new_id())
    assert await other.list() == ()
    with pytest.raises(NotFound):
        await other.address(sandbox_id)


async def test_a_removed_pod_leaves_no_network_namespace(
    sandboxes: CriSandboxRuntime, daemon: Daemon, tmp_path: Path
) -> None:
    def namespaces() -> set[str]:
        """Where those of this daemon are mounted; others come and go beside it."""
        mounts = [
            line.split()[4]
            for line in Path("/proc/self/mountinfo").read_text().splitlines()
            if " - nsfs " in line
        ]
        return {mount for mount in mounts if mount.startswith(f"{daemon.state}/")}

    before = namespaces()
    sandbox_id = await sandboxes.run(a_request(tmp_path))
    during = namespaces() - before
    await sandboxes.remove(sandbox_id)
    assert during
    assert not during & namespaces()


async def test_a_handler_that_the_runtime_lacks_is_refused_and_leaves_nothing(
    channel: grpc.aio.Channel, tmp_path: Path
) -> None:
    sandboxes = CriSandboxRuntime(channel, new_id(), portmap_handler="no-such-handler")
    request = replace(a_request(tmp_path), ports=(PortBinding(80, host_port=18080),))
    with pytest.raises(InvalidArgument, match="no-such-handler"):
        await sandboxes.run(request)
    assert await sandboxes.list() == ()
