"""The contract on the fake and on files, and what only files can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.host.hosts_files import LinuxHostsFiles
from application.ports.host import HostsFiles
from tests.unit.contracts.hosts_files_contract import NAMES, HostsFilesContract
from tests.unit.fakes.furniture import FakeHostsFiles


class TestFakeHostsFiles(HostsFilesContract):
    @pytest.fixture
    def subject(self) -> HostsFiles:
        return FakeHostsFiles()


class TestLinuxHostsFiles(HostsFilesContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> HostsFiles:
        return LinuxHostsFiles(str(tmp_path))


async def test_names_stand_behind_localhost(tmp_path: Path) -> None:
    files = LinuxHostsFiles(str(tmp_path))
    file = Path((await files.write("1", NAMES)).source)
    assert file.stat().st_mode & 0o777 == 0o644
    lines = [line.split() for line in file.read_text().splitlines()]
    assert lines[0] == ["127.0.0.1", "localhost"]
    assert lines[-2:] == [["10.0.0.2", "db"], ["fd00::2", "other"]]
    await files.remove("1")
    assert not file.exists()
