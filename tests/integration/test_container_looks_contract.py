"""The contracts of looking into containers, on containerd."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from adapters.containerd.snapshots.container_roots import ContainerdContainerRoots
from adapters.containerd.tasks.pids import ContainerdPids
from adapters.containerd.tasks.specs import ContainerdSpecs
from adapters.cri.log_writers import CriLogWriters
from tests.unit.contracts.container_looks_contract import (
    ContainerPidsContract,
    ContainerRootsContract,
    LogWritersContract,
    PidWorld,
    RootWorld,
    RuntimeSpecsContract,
    SpecWorld,
    WriterWorld,
)
from tests.unit.contracts.container_runtime_contract import Runtimes


class TestContainerdContainerRoots(ContainerRootsContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes, channel: grpc.aio.Channel, tmp_path: Path) -> RootWorld:
        return RootWorld(runtimes, ContainerdContainerRoots(channel, str(tmp_path / "mounts")))


class TestContainerdPids(ContainerPidsContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes, channel: grpc.aio.Channel) -> PidWorld:
        return PidWorld(runtimes, ContainerdPids(channel))


class TestCriLogWriters(LogWritersContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes, channel: grpc.aio.Channel) -> WriterWorld:
        return WriterWorld(runtimes, CriLogWriters(channel))


class TestContainerdSpecs(RuntimeSpecsContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes, channel: grpc.aio.Channel) -> SpecWorld:
        return SpecWorld(runtimes, ContainerdSpecs(channel))
