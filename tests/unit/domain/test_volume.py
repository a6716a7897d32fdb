"""What `-v` says."""

from __future__ import annotations

import pytest

from domain.errors import InvalidArgument
from domain.volume import Mount, MountedPath, MountKind, mounted_path, parse_volume_flag

BIND, VOLUME = MountKind.BIND, MountKind.VOLUME


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("/src:/dst", Mount(BIND, "/src", "/dst")),
        ("/src:/dst:ro", Mount(BIND, "/src", "/dst", read_only=True)),
        ("/src:/dst:rw,z", Mount(BIND, "/src", "/dst")),
        ("/src:/dst:ro,rshared", Mount(BIND, "/src", "/dst", read_only=True, propagation="rshared")),
        ("/:/host", Mount(BIND, "/", "/host")),
        ("data:/dst", Mount(VOLUME, "data", "/dst")),
        ("my.data_1-x:/dst:nocopy", Mount(VOLUME, "my.data_1-x", "/dst", copy=False)),
        ("/dst", Mount(VOLUME, "", "/dst")),
        ("/with space:/dst dir", Mount(BIND, "/with space", "/dst dir")),
    ],
)
def test_what_can_be_mounted(text: str, mount: Mount) -> None:
    assert parse_volume_flag(text) == mount


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ":/dst",
        "/src:",
        "/src:/dst:",
        "/src:dst",
        "/dst:ro",
        "a:b:c:d",
        "/src:/",
        "/src://",
        "/",
        "/src:/..",
        "/src:/a/..",
        "/src:/./",
        "data",
        "./rel:/dst",
        "../rel:/dst",
        "a/b:/dst",
        "x:/dst",
        "/src:/dst:bogus",
        "/src:/dst:RO",
    ],
)
def test_what_cannot_be_mounted(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_volume_flag(text)


OUTER, INNER = Mount(VOLUME, "outer", "/data"), Mount(VOLUME, "inner", "/data/in/ner/")


@pytest.mark.parametrize(
    ("path", "mount", "inside"),
    [
        ("/data", OUTER, "/"),
        ("/data/", OUTER, "/"),
        ("/data/.", OUTER, "/"),
        ("data/file", OUTER, "/file"),
        ("//data//a/./b/", OUTER, "/a/b"),
        ("/etc/../data/a/../b", OUTER, "/b"),
        ("/../data/file", OUTER, "/file"),
        ("/data/in", OUTER, "/in"),
        ("/data/in/ner", INNER, "/"),
        ("/data/in/ner/file", INNER, "/file"),
        ("/data/in/ner/../file", OUTER, "/in/file"),
    ],
)
def test_the_mount_that_holds_a_path(path: str, mount: Mount, inside: str) -> None:
    for mounts in ((OUTER, INNER), (INNER, OUTER)):
        assert mounted_path(path, mounts) == MountedPath(mount, inside)


@pytest.mark.parametrize(
    "path", ["/", "", "/dat", "/database", "/etc/data", "/data/..", "/data/../etc", "/.."]
)
def test_no_mount_holds_a_path(path: str) -> None:
    assert mounted_path(path, (OUTER, INNER)) is None
