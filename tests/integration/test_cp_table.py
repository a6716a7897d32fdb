"""docker's table of `cp`: what becomes of a file, a folder and a folder's content, there and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.daemon import K3c, until

TREE = ("one.txt", "sub/two.txt")


@dataclass(frozen=True)
class Row:
    """What is copied to what, and where the file `one.txt` is then; "" if it is refused, with a part of why."""

    source: str
    target: str
    lands: str
    why: str = ""


ROWS = [
    Row("tree/one.txt", "absent", "absent"),
    Row("tree/one.txt", "absent/", "", "no such directory"),
    Row("tree/one.txt", "file", "file"),
    Row("tree/one.txt", "folder", "folder/one.txt"),
    Row("tree/one.txt", "folder/", "folder/one.txt"),
    Row("tree/one.txt", "folder/renamed", "folder/renamed"),
    Row("tree/one.txt", "absent/deep", "", "no such"),
    Row("tree", "absent", "absent/one.txt"),
    Row("tree", "absent/", "absent/one.txt"),
    Row("tree", "file", "", "cannot replace"),
    Row("tree", "folder", "folder/tree/one.txt"),
    Row("tree/", "folder/", "folder/tree/one.txt"),
    Row("tree/.", "folder", "folder/one.txt"),
    Row("tree/.", "absent", "absent/one.txt"),
    Row("tree/.", "file", "", "cannot replace"),
    Row("tree/sub/..", "folder", "folder/tree/one.txt"),
    Row("tree/one.txt/", "absent", "", "no such"),
    Row("nothing", "folder", "", "no such"),
]


@pytest.fixture(params=["running", "stopped", "created"])
def box(k3c: K3c, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A container with the folder /there, in which are `tree`, `folder` and `file`."""
    here = _prepared(tmp_path / "there")
    if request.param == "created":
        k3c.ok("create", "--name", "box", "busybox", "sleep", "1000")
    else:
        k3c.ok("run", "-d", "--name", "box", "busybox", "sleep", "1000")
    if request.param == "stopped":
        k3c.ok("stop", "-t", "0", "box")
    k3c.ok("cp", str(here), "box:/")
    return "box"


def _prepared(place: Path) -> Path:
    for name in TREE:
        (place / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "tree" / name).write_text(name)
    (place / "folder").mkdir()
    (place / "file").write_text("before")
    return place


def _is_there(k3c: K3c, path: str, tmp_path: Path) -> bool:
    """Whether one.txt is at a path in the container."""
    (tmp_path / "look").unlink(missing_ok=True)
    done = k3c("cp", f"box:{path}", str(tmp_path / "look"))
    return done.returncode == 0 and (tmp_path / "look").read_text() == "one.txt"


def test_there(k3c: K3c, box: str, tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        here = _prepared(tmp_path / f"here{number}")
        k3c.ok("cp", str(here), f"{box}:/r{number}")
        done = k3c("cp", f"{here}/{row.source}", f"{box}:/r{number}/{row.target}")
        assert (done.returncode == 0) == bool(row.lands), f"{row}: {done.stderr}"
        if row.lands:
            assert _is_there(k3c, f"/r{number}/{row.lands}", tmp_path), row
        else:
            assert row.why in done.stderr, row


def test_back(k3c: K3c, box: str, tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        here = _prepared(tmp_path / f"here{number}")
        done = k3c("cp", f"{box}:/there/{row.source}", f"{here}/{row.target}")
        assert (done.returncode == 0) == bool(row.lands), f"{row}: {done.stderr}"
        if row.lands:
            assert (here / row.lands).read_text() == "one.txt", row
        else:
            assert row.why in done.stderr, row


def test_the_folder_in_which_one_is(
    k3c: K3c, box: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = _prepared(tmp_path / "here")
    monkeypatch.chdir(here / "tree")
    k3c.ok("cp", ".", f"{box}:/there/folder")
    assert _is_there(k3c, "/there/folder/one.txt", tmp_path)
    monkeypatch.chdir(here / "folder")
    k3c.ok("cp", f"{box}:/there/tree/.", ".")
    assert (here / "folder" / "sub" / "two.txt").read_text() == "sub/two.txt"


@pytest.mark.parametrize("state", ["running", "stopped", "created"])
def test_what_is_read_only_is_not_written_to(k3c: K3c, tmp_path: Path, state: str) -> None:
    here = _prepared(tmp_path / "here")
    flags = ("--name", "box", "--read-only", "-v", "data:/data", "-v", "data:/fixed:ro", "--tmpfs", "/run")
    k3c.ok("create", *flags, "busybox", "sleep", "1000")
    if state != "created":
        k3c.ok("start", "box")
    if state == "stopped":
        k3c.ok("stop", "-t", "0", "box")
    for place, why in (("/root", "root filesystem is read-only"), ("/fixed", "mount at /fixed is read-only")):
        assert why in k3c.fails("cp", f"{here}/file", f"box:{place}")
    k3c.ok("cp", f"{here}/file", "box:/data")
    assert (
        Path(k3c.ok("volume", "inspect", "-f", "{{.Mountpoint}}", "data")) / "file"
    ).read_text() == "before"
    if state == "running":
        k3c.ok("cp", f"{here}/file", "box:/run")
        until(lambda: k3c.ok("exec", "box", "cat", "/run/file") == "before")
