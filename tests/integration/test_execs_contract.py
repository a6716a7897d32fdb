"""The contract on containerd's Tasks API, and on CRI's streaming server."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from adapters.containerd.tasks.execs import ContainerdExecs
from adapters.cri.streaming.streams import CriExecs
from adapters.host.accounts import ContainerAccounts
from tests.unit.contracts.container_runtime_contract import Runtimes
from tests.unit.contracts.execs_contract import ExecsContract, ExecWorld


class TestContainerdExecs(ExecsContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes, channel: grpc.aio.Channel, tmp_path: Path) -> ExecWorld:
        return ExecWorld(runtimes, ContainerdExecs(channel, str(tmp_path / "execs"), ContainerAccounts()))


class TestCriExecs(ExecsContract):
    @pytest.fixture
    def subject(self, runtimes: Runtimes, channel: grpc.aio.Channel) -> ExecWorld:
        return ExecWorld(runtimes, CriExecs(channel))
