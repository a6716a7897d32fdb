"""The contract on CRI's streaming server, with the real gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from adapters.containerd.channel import open_channel
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.sandboxes import CriSandboxRuntime
from adapters.cri.streaming.streams import CriContainerStreams
from adapters.host.gates import HostGates
from domain.errors import Unavailable
from domain.names import new_id
from tests.integration.daemon import INIT
from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.contracts.container_streams_contract import ContainerStreamsContract, StreamWorld


@pytest.fixture
async def world(containerd_socket: str, busybox_image: str, tmp_path: Path) -> AsyncIterator[StreamWorld]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        instance = new_id()
        sandboxes = CriSandboxRuntime(channel, instance)
        runtimes = Runtimes(sandboxes, CriContainerRuntime(channel, instance), busybox_image, "", tmp_path)
        gates = HostGates(str(tmp_path / "gates"), INIT)
        yield StreamWorld(runtimes, gates, CriContainerStreams(channel))
        for state in await sandboxes.list():
            await sandboxes.remove(state.id)


class TestCriContainerStreams(ContainerStreamsContract):
    @pytest.fixture
    def subject(self, world: StreamWorld) -> StreamWorld:
        return world


async def test_a_runtime_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    async with grpc.aio.insecure_channel(f"unix://{tmp_path}/nobody.sock") as channel:
        with pytest.raises(Unavailable):
            async with CriContainerStreams(channel).attach(new_id(), tty=False, stdin=False):
                pass
