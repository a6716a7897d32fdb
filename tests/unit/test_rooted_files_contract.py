"""The contract on Linux, which needs no runtime, and what only a file system can show."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from adapters.host.rooted_files import LinuxRootedFiles
from application.ports.files import RootedFiles
from tests.unit.contracts.rooted_files_contract import RootedFilesContract, archive, chunks


class TestLinuxRootedFiles(RootedFilesContract):
    @pytest.fixture
    def subject(self) -> RootedFiles:
        return LinuxRootedFiles()


async def test_kinds_of_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("old")
    await LinuxRootedFiles().unpack(
        str(tmp_path),
        "/folder",
        chunks(
            archive(
                ("file", tarfile.REGTYPE, "", b"new"),
                ("hard", tarfile.LNKTYPE, "file", b""),
                ("pipe", tarfile.FIFOTYPE, "", b""),
                ("link", tarfile.SYMTYPE, "/etc/passwd", b""),
                ("deep/er/file", tarfile.REGTYPE, "", b"x" * 5000),
            )
        ),
    )
    assert (tmp_path / "folder/file").read_text() == "new"
    assert (tmp_path / "folder/file").stat().st_nlink == 2
    assert (tmp_path / "folder/pipe").is_fifo()
    assert (tmp_path / "folder/link").readlink() == Path("/etc/passwd")
    assert (tmp_path / "folder/deep/er/file").stat().st_size == 5000
    assert (tmp_path / "folder/file").stat().st_mode & 0o777 == 0o640
