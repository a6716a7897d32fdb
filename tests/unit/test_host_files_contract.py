"""The contract on the fake."""

from __future__ import annotations

import pytest

from application.ports.host import HostFiles
from tests.unit.contracts.host_files_contract import HostFilesContract
from tests.unit.fakes.host_files import FakeHostFiles


class TestFakeHostFiles(HostFilesContract):
    @pytest.fixture
    def subject(self) -> HostFiles:
        return FakeHostFiles()
