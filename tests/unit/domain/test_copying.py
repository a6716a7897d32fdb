"""Where `cp` puts what it copies."""

from __future__ import annotations

import pytest

from domain.copying import CopySource, CopyTarget, placement
from domain.errors import Conflict, NotFound

FILE = CopySource("one", is_folder=False)
FOLDER = CopySource("etc", is_folder=True)
CONTENTS = CopySource("etc", is_folder=True, contents=True)


def folder(path: str) -> CopyTarget:
    return CopyTarget(path, exists=True, is_folder=True)


def file(path: str) -> CopyTarget:
    return CopyTarget(path, exists=True, is_folder=False)


def absent(path: str) -> CopyTarget:
    return CopyTarget(path, exists=False, is_folder=False)


@pytest.mark.parametrize(
    ("source", "target", "placed"),
    [
        (FILE, folder("/a/b"), ("/a/b", "one")),
        (FILE, folder("/a/b/"), ("/a/b", "one")),
        (FILE, file("/a/b"), ("/a", "b")),
        (FILE, absent("/a/b"), ("/a", "b")),
        (FILE, absent("b"), (".", "b")),
        (FOLDER, folder("/a"), ("/a", "etc")),
        (FOLDER, absent("/a/new/"), ("/a", "new")),
        (CONTENTS, folder("/a"), ("/a", "")),
        (CONTENTS, absent("/a/new"), ("/a", "new")),
        (FILE, CopyTarget("a/b", exists=False, is_folder=False, in_container=True), ("/a", "b")),
        (FILE, CopyTarget("a", exists=True, is_folder=True, in_container=True), ("/a", "one")),
    ],
)
def test_a_folder_receives_the_source_and_all_else_is_replaced_by_it(
    source: CopySource, target: CopyTarget, placed: tuple[str, str]
) -> None:
    assert placement(source, target) == placed


@pytest.mark.parametrize(("in_container", "where"), [(False, ""), (True, " in the container")])
def test_what_cannot_be_placed(*, in_container: bool, where: str) -> None:
    with pytest.raises(NotFound) as missing:
        placement(FILE, CopyTarget("/a/", exists=False, is_folder=False, in_container=in_container))
    assert (missing.value.kind, missing.value.reference) == (f"directory{where}", "/a/")
    with pytest.raises(Conflict) as conflict:
        placement(FOLDER, CopyTarget("/a", exists=True, is_folder=False, in_container=in_container))
    assert (conflict.value.kind, conflict.value.reference) == (f"path{where}", "/a")
