"""The contract on the fake and on folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.host.logs import LinuxKeptLogs
from tests.unit.contracts.kept_logs_contract import KeptLogsContract, KeptWorld
from tests.unit.fakes.container_logs import FakeKeptLogs


class TestFakeKeptLogs(KeptLogsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> KeptWorld:
        return KeptWorld(FakeKeptLogs(), tmp_path)


class TestLinuxKeptLogs(KeptLogsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> KeptWorld:
        return KeptWorld(LinuxKeptLogs(str(tmp_path), 100), tmp_path)
