"""Files below a root that is not trusted: nothing outside of it is read or written."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.host.rooted_files import LinuxRootedFiles
from application.ports.looking import PathStat
from domain.errors import InvalidArgument, K3cError, NotFound

FILES = LinuxRootedFiles()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "folder/sub").mkdir(parents=True)
    (made / "folder/file").write_text("inside")
    (made / "up").symlink_to("../../..")
    (made / "absolute").symlink_to("/folder")
    (tmp_path / "secret").write_text("outside")
    return made


def archive(*members: tuple[str, bytes, str, bytes]) -> bytes:
    """A tar stream of (name, type, link target, content)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, kind, target, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size, info.mode = kind, target, len(content), 0o640
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


async def test_what_a_path_is(root: Path) -> None:
    assert await FILES.stat(str(root), "/folder") == PathStat(exists=True, is_folder=True)
    assert await FILES.stat(str(root), "folder/file") == PathStat(exists=True)
    assert await FILES.stat(str(root), "/absent/file") == PathStat()
    assert await FILES.stat(str(root), "/") == PathStat(exists=True, is_folder=True)
    assert await FILES.stat(str(root), "/absolute") == PathStat(True, True, "/folder")
    assert await FILES.stat(str(root), "/up/secret") == PathStat()


async def test_there_and_back(root: Path, tmp_path: Path) -> None:
    packed = b"".join([chunk async for chunk in FILES.pack(str(root), "/folder", follow=False)])
    target = tmp_path / "target"
    target.mkdir()
    await FILES.unpack(str(target), "/", chunks(packed))
    assert (target / "folder/file").read_text() == "inside"
    assert (target / "folder/sub").is_dir()


async def test_a_link_is_followed_within_the_root(root: Path) -> None:
    for path, follow, found in (
        ("/absolute", False, ["absolute"]),
        ("/absolute", True, ["folder", "folder/file", "folder/sub"]),
    ):
        packed = b"".join([chunk async for chunk in FILES.pack(str(root), path, follow=follow)])
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            assert sorted(tar.getnames()) == found


@pytest.mark.parametrize("path", ["/up/secret", "/../secret", "/absent"])
async def test_nothing_outside_is_packed(root: Path, path: str) -> None:
    with pytest.raises(K3cError):
        async for _ in FILES.pack(str(root), path, follow=True):
            pass


@pytest.mark.parametrize(
    "members",
    [
        (("../planted", tarfile.REGTYPE, "", b"x"),),
        (("/../../planted", tarfile.REGTYPE, "", b"x"),),
        (("up/planted", tarfile.REGTYPE, "", b"x"),),
        (("out", tarfile.SYMTYPE, "..", b""), ("out/planted", tarfile.REGTYPE, "", b"x")),
        (("out", tarfile.SYMTYPE, "../secret", b""), ("out", tarfile.REGTYPE, "", b"planted")),
        (("hard", tarfile.LNKTYPE, "../secret", b""), ("hard", tarfile.REGTYPE, "", b"planted")),
    ],
)
async def test_nothing_outside_is_written(
    root: Path, tmp_path: Path, members: tuple[tuple[str, bytes, str, bytes], ...]
) -> None:
    with suppress(K3cError):  # refused, or put where it leads to within the root
        await FILES.unpack(str(root), "/", chunks(archive(*members)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["root", "secret"]
    assert (tmp_path / "secret").read_text() == "outside"


async def test_kinds_of_files(root: Path) -> None:
    await FILES.unpack(
        str(root),
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
    assert (root / "folder/file").read_text() == "new"
    assert (root / "folder/file").stat().st_nlink == 2
    assert (root / "folder/pipe").is_fifo()
    assert (root / "folder/link").readlink() == Path("/etc/passwd")
    assert (root / "folder/deep/er/file").stat().st_size == 5000
    assert (root / "folder/file").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("folder", "data", "error"),
    [
        ("/absent", archive(("a", tarfile.REGTYPE, "", b"")), NotFound),
        ("/folder/file", archive(("a", tarfile.REGTYPE, "", b"")), NotFound),
        ("/", b"this is no archive" * 100, InvalidArgument),
        ("/", b"", InvalidArgument),
        ("/folder", archive(("sub", tarfile.REGTYPE, "", b"file over a folder")), K3cError),
        ("/folder", archive(("file", tarfile.DIRTYPE, "", b"")), K3cError),
    ],
)
async def test_what_is_refused(root: Path, folder: str, data: bytes, error: type[K3cError]) -> None:
    with pytest.raises(error):
        await FILES.unpack(str(root), folder, chunks(data))
