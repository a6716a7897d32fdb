"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.logs import Unread, UnreadOutput
from domain.names import new_id
from tests.unit.contracts.unread_output_contract import OutputWorld, UnreadOutputContract
from tests.unit.fakes.unread_output import FakeUnreadOutput


class FakeWorld:
    def __init__(self) -> None:
        self._fake = FakeUnreadOutput()
        self.unread: UnreadOutput = self._fake

    def container(self) -> str:
        return new_id()

    def write(self, runtime_id: str, stream: str, data: bytes) -> None:
        self._fake.written.setdefault(runtime_id, []).append(Unread(stream, data))


class TestFakeUnreadOutput(UnreadOutputContract):
    @pytest.fixture
    def subject(self) -> OutputWorld:
        return FakeWorld()
