"""The contract on this machine's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.host.files import LinuxHostFiles
from application.ports.host import HostFiles
from tests.unit.contracts.host_files_contract import HostFilesContract


class TestLinuxHostFiles(HostFilesContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> HostFiles:
        return LinuxHostFiles(str(tmp_path / "root" / "volumes"))
