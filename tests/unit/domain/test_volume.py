"""What `-v` says."""

from __future__ import annotations

import pytest

from domain.errors import InvalidArgument
from domain.volume import Mount, MountedPath, MountKind, mounted_path, parse_mount_flag, parse_volume_flag

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
        "data:/dst:rslave",
    ],
)
def test_what_cannot_be_mounted(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_volume_flag(text)


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("type=bind,src=/a b,dst=/c", Mount(BIND, "/a b", "/c")),
        ('type=bind,"src=/a,b",dst=/c', Mount(BIND, "/a,b", "/c")),
        ('type=bind,"src=/a,""b""",dst=/c', Mount(BIND, '/a,"b"', "/c")),
        ('type=bind,src=/a"b",dst=/c', Mount(BIND, '/a"b"', "/c")),
        ('type=bind,"src=/a\nb",dst=/c', Mount(BIND, "/a\nb", "/c")),
    ],
)
def test_a_mount_is_a_line_of_csv(text: str, mount: Mount) -> None:
    assert parse_mount_flag(text) == mount


@pytest.mark.parametrize("text", ["", ",", "type=bind,src=/a\nb,dst=/c", "type=bind,src=/a,b,dst=/c"])
def test_what_is_no_mount(text: str) -> None:
    with pytest.raises(InvalidArgument):
        parse_mount_flag(text)


@pytest.mark.parametrize(
    ("mount", "anonymous"),
    [
        (Mount(VOLUME, "", "/d"), True),
        (Mount(VOLUME, "0a" * 32, "/d"), True),
        (Mount(VOLUME, "x" * 64, "/d"), False),
        (Mount(VOLUME, "data", "/d"), False),
        (Mount(BIND, "/" + "a" * 63, "/d"), False),
        (Mount(MountKind.TMPFS, "", "/d"), False),
    ],
)
def test_volumes_without_a_name_of_their_own(mount: Mount, *, anonymous: bool) -> None:
    assert mount.is_anonymous is anonymous


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
