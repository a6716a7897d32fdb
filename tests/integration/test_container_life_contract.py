"""The contracts of what is done with running containers, on containerd."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.tasks.pauses import ContainerdPauses
from adapters.containerd.tasks.signals import ContainerdProcessSignals
from adapters.cri.containers import CriContainerRuntime
from adapters.cri.probes import CriContainerProbes
from adapters.cri.resources import CriContainerResources
from adapters.cri.sandboxes import CriSandboxRuntime
from domain.errors import NotFound
from domain.names import new_id
from tests.unit.contracts.container_life_contract import (
    ContainerPausesContract,
    ContainerProbesContract,
    ContainerResourcesContract,
    Lives,
)
from tests.unit.contracts.container_runtime_contract import SLEEP, Runtimes


@pytest.fixture
async def lives(containerd_socket: str, busybox_image: str, tmp_path: Path) -> AsyncIterator[Lives]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        instance = new_id()
        sandboxes, containers = CriSandboxRuntime(channel, instance), CriContainerRuntime(channel, instance)
        runtimes = Runtimes(sandboxes, containers, busybox_image, "", tmp_path)
        yield Lives(
            runtimes, ContainerdPauses(channel), CriContainerProbes(channel), CriContainerResources(channel)
        )
        for state in await sandboxes.list():
            await sandboxes.remove(state.id)


class TestContainerdPauses(ContainerPausesContract):
    @pytest.fixture
    def subject(self, lives: Lives) -> Lives:
        return lives


class TestCriContainerProbes(ContainerProbesContract):
    @pytest.fixture
    def subject(self, lives: Lives) -> Lives:
        return lives


class TestCriContainerResources(ContainerResourcesContract):
    @pytest.fixture
    def subject(self, lives: Lives) -> Lives:
        return lives


async def test_resuming_what_was_just_killed(lives: Lives, containerd_socket: str) -> None:
    """Runc thaws it to deliver the signal, and containerd takes it for paused until it has seen the end."""
    async with open_channel(f"unix://{containerd_socket}") as channel:
        for _ in range(10):
            runtime_id = await lives.runtimes.start(*SLEEP)
            await lives.pauses.pause(runtime_id)
            await ContainerdProcessSignals(channel).signal(runtime_id, 9)
            with suppress(NotFound):
                await lives.pauses.resume(runtime_id)
            await lives.runtimes.ended(runtime_id)
