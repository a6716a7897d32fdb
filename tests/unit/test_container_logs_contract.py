"""The contract on the fake."""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial

import pytest

from application.ports.logs import ContainerLogs
from tests.unit.contracts.container_logs_contract import NOON, ContainerLogsContract, Lives, LogWriter
from tests.unit.fakes.container_logs import FakeContainerLogs


class FakeWriter:
    """Writes to a fake's log."""

    def __init__(self, fake: FakeContainerLogs, life: int = 1) -> None:
        self.path = f"/logs/web/{life}.log"
        self._fake = fake

    def append(self, data: bytes, stream: str = "stdout", time: datetime = NOON) -> None:
        """Write a line, or a part of one."""
        self._fake.write(self.path, data, stream, time)

    def close(self) -> None:
        """End the log."""
        self._fake.close(self.path)


class TestFakeContainerLogs(ContainerLogsContract):
    @pytest.fixture
    def subject(self) -> ContainerLogs:
        return FakeContainerLogs()

    @pytest.fixture
    def writer(self, subject: FakeContainerLogs) -> LogWriter:
        return FakeWriter(subject)

    @pytest.fixture
    def lives(self, subject: FakeContainerLogs) -> Lives:
        return cache(partial(FakeWriter, subject))
