"""What is walked, in which order, and as what it is announced."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.buildkit import contents
from adapters.buildkit.followpaths import follow
from adapters.buildkit.walker import Entry, FileChanged, Walker, go_mode


def tree(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def walked(root: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[str]:
    return [os.fsdecode(entry.path) for entry in Walker(os.fsencode(root), include, exclude).walk()]


def entry(root: Path, name: str) -> Entry:
    return next(e for e in Walker(os.fsencode(root), None, []).walk() if e.path == os.fsencode(name))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (stat.S_IFREG | 0o644, 0o644),
        (stat.S_IFDIR | 0o755, 1 << 31 | 0o755),
        (stat.S_IFLNK | 0o777, 1 << 27 | 0o777),
        (stat.S_IFBLK | 0o600, 1 << 26 | 0o600),
        (stat.S_IFCHR | 0o600, 1 << 26 | 1 << 21 | 0o600),
        (stat.S_IFIFO | 0o600, 1 << 25 | 0o600),
        (stat.S_IFSOCK | 0o600, 0o600),
        (stat.S_IFREG | 0o4755, 1 << 23 | 0o755),
        (stat.S_IFREG | 0o2755, 1 << 22 | 0o755),
        (stat.S_IFDIR | 0o1777, 1 << 31 | 1 << 20 | 0o777),
    ],
)
def test_go_mode(mode: int, expected: int) -> None:
    assert go_mode(mode) == expected


def test_order_is_by_the_bytes_of_names_within_a_directory(tmp_path: Path) -> None:
    tree(tmp_path, "a.b", "a/z", "a/b", "B", "é")
    assert walked(tmp_path) == ["B", "a", "a/b", "a/z", "a.b", "é"]


def test_directories_come_only_with_what_is_in_them(tmp_path: Path) -> None:
    tree(tmp_path, "a/b/keep", "a/c/no", "d/no")
    assert walked(tmp_path, ["a/b/keep"]) == ["a", "a/b", "a/b/keep"]
    assert walked(tmp_path, ["**/keep"]) == ["a", "a/b", "a/b/keep"]


def test_exceptions_to_what_is_excluded(tmp_path: Path) -> None:
    tree(tmp_path, "a/b/keep", "a/c/no", "d/no", "top")
    assert walked(tmp_path, exclude=["*", "!a/b"]) == ["a", "a/b", "a/b/keep"]
    assert walked(tmp_path, exclude=["*", "!**/keep"]) == ["a", "a/b", "a/b/keep"]
    assert walked(tmp_path, exclude=["a", "d"]) == ["top"]


def test_an_excluded_directory_that_cannot_be_read_is_no_matter(tmp_path: Path) -> None:
    walker = Walker(os.fsencode(tmp_path), None, ["gone", "!gone/x"])
    tree(tmp_path, "gone/x", "here")
    steps = walker.walk()
    assert [os.fsdecode(each.path) for each in steps][-1] == "here"


def test_hardlinks_name_the_first_and_keep_their_size(tmp_path: Path) -> None:
    tree(tmp_path, "a")
    os.link(tmp_path / "a", tmp_path / "b")
    (tmp_path / "s").symlink_to("a")
    first, second, symlink = Walker(os.fsencode(tmp_path), None, []).walk()
    assert (first.link, second.link, symlink.link) == (b"", b"a", b"a")
    assert (first.size, second.size) == (1, 1)
    assert (first.has_content, second.has_content, symlink.has_content) == (True, True, False)


def test_a_hardlink_whose_first_is_excluded_stands_alone(tmp_path: Path) -> None:
    tree(tmp_path, "a")
    os.link(tmp_path / "a", tmp_path / "b")
    (only,) = Walker(os.fsencode(tmp_path), None, ["a"]).walk()
    assert (only.path, only.link) == (b"b", b"")


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).write_text("x")
    (found,) = Walker(os.fsencode(tmp_path), ["caf*"], []).walk()
    assert found.path == b"caf\xe9"


def test_reading_gives_the_content_in_chunks(tmp_path: Path) -> None:
    data = os.urandom(contents.CHUNK + 5)
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(data)
    chunks = list(contents.read(os.fsencode(tmp_path), entry(tmp_path, "d/f")))
    assert [len(chunk) for chunk in chunks] == [contents.CHUNK, 5]
    assert b"".join(chunks) == data


@pytest.mark.parametrize(
    "change", ["vanish", "grow", "replace", "symlink", "fifo", "directory link", "touch"]
)
def test_a_changed_file_is_an_error_with_its_path(tmp_path: Path, change: str) -> None:
    tree(tmp_path, "root/d/f", "outside/f")
    root, file = tmp_path / "root", tmp_path / "root/d/f"
    announced = entry(root, "d/f")
    if change == "grow":
        file.write_text("more than it was")
    elif change == "touch":
        os.utime(file, ns=(1, 1))
    elif change == "directory link":
        file.unlink()
        file.parent.rmdir()
        (root / "d").symlink_to(tmp_path / "outside")
    else:
        file.rename(tmp_path / "kept")
    if change == "replace":
        file.write_text("d/f")
    if change == "symlink":
        file.symlink_to(tmp_path / "kept")
    if change == "fifo":
        os.mkfifo(file)
    with pytest.raises(FileChanged) as caught:
        list(contents.read(os.fsencode(root), announced))
    assert caught.value.path == b"d/f"


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    tree(tmp_path, "d/f")
    announced = entry(tmp_path, "d/f")
    before = len(list(Path("/proc/self/fd").iterdir()))
    list(contents.read(os.fsencode(tmp_path), announced))
    (tmp_path / "d/f").unlink()
    with pytest.raises(FileChanged):
        list(contents.read(os.fsencode(tmp_path), announced))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_links_are_followed_within_the_folder(tmp_path: Path) -> None:
    tree(tmp_path, "real/Dockerfile", "x1", "x2")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "Dockerfile").symlink_to("/link/Dockerfile")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "w1").symlink_to("x1")
    root = os.fsencode(tmp_path)
    assert follow(root, ["Dockerfile"]) == ["Dockerfile", "link", "real/Dockerfile"]
    assert follow(root, ["loop"]) == ["loop"]
    assert follow(root, ["w*"]) == ["w*", "x1"]
    assert follow(root, ["../../etc/passwd"]) == ["etc/passwd"]
    assert follow(root, ["."]) is None
