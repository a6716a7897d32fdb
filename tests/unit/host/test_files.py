"""Folders of volumes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from adapters.host.files import LinuxHostFiles
from domain.errors import RuntimeFailed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "volumes"


@pytest.fixture
def files(folder: Path) -> LinuxHostFiles:
    return LinuxHostFiles(str(folder))


async def test_the_layout_is_passable_and_not_listable(files: LinuxHostFiles, folder: Path) -> None:
    before = os.umask(0o077)
    try:
        path = await files.make_volume("data")
    finally:
        os.umask(before)
    assert path == str(folder / "data" / "_data")
    modes = [stat.S_IMODE(Path(place).stat().st_mode) for place in (folder, folder / "data", path)]
    assert modes == [0o701, 0o701, 0o755]


async def test_a_volume_that_is_there_keeps_its_files_and_mode(files: LinuxHostFiles) -> None:
    path = Path(await files.make_volume("data"))
    (path / "file").write_text("kept")
    path.chmod(0o770)
    assert await files.make_volume("data") == str(path)
    assert (path / "file").read_text() == "kept"
    assert stat.S_IMODE(path.stat().st_mode) == 0o770


async def test_what_links_lead_to_is_not_removed(files: LinuxHostFiles, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").touch()
    path = Path(await files.make_volume("data"))
    (path / "to-folder").symlink_to(treasure)
    (path / "to-file").symlink_to(treasure / "gold")
    (path / "sub").mkdir(mode=0o000)
    await files.remove_volume("data")
    assert not path.parent.exists()
    assert (treasure / "gold").exists()


async def test_a_link_in_place_of_a_volume_is_removed_itself(
    files: LinuxHostFiles, folder: Path, tmp_path: Path
) -> None:
    treasure = tmp_path / "treasure"
    (treasure / "_data").mkdir(parents=True)
    await files.make_volume("other")
    (folder / "data").symlink_to(treasure)
    with pytest.raises(RuntimeFailed):
        await files.make_volume("data")
    await files.remove_volume("data")
    assert not (folder / "data").is_symlink()
    assert (treasure / "_data").is_dir()


async def test_a_dangling_link_does_not_exist(files: LinuxHostFiles, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert not await files.exists(str(tmp_path / "link"))
    (tmp_path / "nowhere").touch()
    assert await files.exists(str(tmp_path / "link"))


async def test_a_file_in_place_of_the_folder_is_an_error(files: LinuxHostFiles, folder: Path) -> None:
    folder.touch()
    for method in (files.make_volume, files.remove_volume):
        with pytest.raises(RuntimeFailed):
            await method("data")
