"""The contract on log files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.host.logs import CriContainerLogs
from application.ports.logs import ContainerLogs
from tests.unit.contracts.container_logs_contract import ContainerLogsContract, LogWriter
from tests.unit.host.cri_writer import CriWriter


class TestCriContainerLogs(ContainerLogsContract):
    @pytest.fixture
    def subject(self) -> ContainerLogs:
        return CriContainerLogs()

    @pytest.fixture
    def writer(self, tmp_path: Path) -> Iterator[LogWriter]:
        writer = CriWriter(tmp_path)
        yield writer
        writer.close()
