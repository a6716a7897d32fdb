"""The contract on containerd."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.pauses import ContainerdPauses
from adapters.cri.probes import CriContainerProbes
from adapters.cri.resources import CriContainerResources
from tests.integration.daemon import K3c
from tests.unit.contracts.running_container_contract import Running, RunningContainerContract


class TestContainerd(RunningContainerContract):
    @pytest.fixture
    async def subject(self, k3c: K3c, containerd_socket: str) -> AsyncIterator[Running]:
        k3c.ok("run", "-d", "--name", "subject", "busybox", "sleep", "1000")
        (container,) = k3c.crictl("ps", "--name", "^subject$", "-o", "json")["containers"]
        async with open_channel(f"unix://{containerd_socket}") as channel:
            yield Running(
                ContainerdPauses(channel),
                CriContainerProbes(channel),
                CriContainerResources(channel),
                container["id"],
            )
