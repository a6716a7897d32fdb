"""The contracts on containerd's events and tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.tasks.exits import ContainerdExits
from adapters.containerd.tasks.signals import ContainerdProcessSignals
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.sandboxes import CriSandboxRuntime
from domain.names import new_id
from tests.unit.contracts.container_ends_contract import (
    ContainerExitsContract,
    Ends,
    ProcessSignalsContract,
)
from tests.unit.contracts.container_runtime_contract import Runtimes


@pytest.fixture
async def ends(containerd_socket: str, busybox_image: str, tmp_path: Path) -> AsyncIterator[Ends]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        instance = new_id()
        sandboxes = CriSandboxRuntime(channel, instance)
        runtimes = Runtimes(sandboxes, CriContainerRuntime(channel, instance), busybox_image, "", tmp_path)
        yield Ends(runtimes, ContainerdExits(channel), ContainerdProcessSignals(channel))
        for state in await sandboxes.list():
            await sandboxes.remove(state.id)


class TestContainerdExits(ContainerExitsContract):
    @pytest.fixture
    def subject(self, ends: Ends) -> Ends:
        return ends


class TestContainerdProcessSignals(ProcessSignalsContract):
    @pytest.fixture
    def subject(self, ends: Ends) -> Ends:
        return ends
