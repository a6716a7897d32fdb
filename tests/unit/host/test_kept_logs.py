"""Logs of removed containers."""

from __future__ import annotations

import os
from pathlib import Path

from adapters.host.logs import LinuxKeptLogs
from tests.unit.contracts.kept_logs_contract import a_log


async def test_they_are_found_until_they_are_too_old(tmp_path: Path) -> None:
    kept = LinuxKeptLogs(str(tmp_path), 100)
    await kept.keep(a_log(tmp_path, "ab12", "web", 9, 10), "ab12", "web")
    assert [path.name for path in tmp_path.iterdir()] == ["k3c-removed"]
    for reference in ("web", "ab12", "ab"):
        assert Path(await kept.find(reference)).read_text() == "10"
    assert await kept.find("db") == await kept.find("") == ""
    await kept.expire()
    assert await kept.find("web")
    os.utime(tmp_path / "k3c-removed/ab12_web", (0, 0))
    await kept.expire()
    assert list(tmp_path.iterdir()) == []


async def test_the_newest_of_a_name_is_meant(tmp_path: Path) -> None:
    kept = LinuxKeptLogs(str(tmp_path), 100)
    await kept.keep(a_log(tmp_path, "ab12", "web", 1), "ab12", "web")
    os.utime(tmp_path / "k3c-removed/ab12_web", (1000, 1000))
    await kept.keep(a_log(tmp_path, "cd34", "web", 2), "cd34", "web")
    assert Path(await kept.find("web")).read_text() == "2"
    await kept.clear()
    assert list(tmp_path.iterdir()) == []


async def test_none_is_kept_unless_that_is_set(tmp_path: Path) -> None:
    paths = a_log(tmp_path, "ab12", "web", 1)
    kept = LinuxKeptLogs(str(tmp_path), 0)
    await kept.keep(paths, "ab12", "web")
    await kept.keep((), "cd34", "db")
    assert Path(paths[0]).exists()
    assert await kept.find("web") == ""
