"""What every RootedFiles does."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from application.ports.files import PathStat, RootedFiles
from domain.errors import Conflict, InvalidArgument, K3cError, NotFound


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


async def packed(subject: RootedFiles, root: Path, path: str, *, follow: bool = False) -> bytes:
    """The whole tar stream."""
    return b"".join([chunk async for chunk in subject.pack(str(root), path, follow=follow)])


def swapping(root: Path, victim: Path, kind: bytes) -> AsyncIterator[bytes]:
    """A stream of one large file or folder, in whose place somebody puts a link to the victim meanwhile."""
    content = bytes(1 << 20) if kind == tarfile.REGTYPE else b""
    data = archive(("folder/made", kind, "", content), ("folder/made/next", tarfile.DIRTYPE, "", b""))

    async def parts() -> AsyncIterator[bytes]:
        yield data[:4096]
        made = root / "folder/made"
        async with asyncio.timeout(20):
            while not os.path.lexists(made):  # noqa: ASYNC110 - what it waits for tells nobody
                await asyncio.sleep(0.001)
        made.rename(root / "aside")
        made.symlink_to(victim)
        yield data[4096:]

    return parts()


class RootedFilesContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> RootedFiles:
        raise NotImplementedError

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """A root with links that lead out of it, beside a secret."""
        made = tmp_path / "root"
        (made / "folder/sub").mkdir(parents=True)
        (made / "folder/file").write_text("inside")
        (made / "up").symlink_to("../../..")
        (made / "absolute").symlink_to("/folder")
        (tmp_path / "secret").write_text("outside")
        return made

    async def test_a_link_that_takes_the_place_of_a_file_is_not_followed(
        self, subject: RootedFiles, root: Path
    ) -> None:
        victim = root.parent / "secret"
        victim.chmod(0o600)
        before = victim.stat()
        with suppress(K3cError):  # the member that follows finds no folder
            await subject.unpack(str(root), "/", swapping(root, victim, tarfile.REGTYPE))
        assert victim.stat() == before
        assert victim.read_text() == "outside"
        if (root / "aside").exists():
            assert (root / "aside").stat().st_mode & 0o7777 == 0o640

    async def test_what_a_path_is(self, subject: RootedFiles, root: Path) -> None:
        assert await subject.stat(str(root), "/folder") == PathStat(exists=True, is_folder=True)
        assert await subject.stat(str(root), "folder/file") == PathStat(exists=True)
        assert await subject.stat(str(root), "/absent/file") == PathStat()
        assert await subject.stat(str(root), "/") == PathStat(exists=True, is_folder=True)
        assert await subject.stat(str(root), "/absolute") == PathStat(True, True, "/folder")
        assert await subject.stat(str(root), "/up/secret") == PathStat()

    async def test_there_and_back(self, subject: RootedFiles, root: Path, tmp_path: Path) -> None:
        packed = b"".join([chunk async for chunk in subject.pack(str(root), "/folder", follow=False)])
        target = tmp_path / "target"
        target.mkdir()
        await subject.unpack(str(target), "/", chunks(packed))
        assert (target / "folder/file").read_text() == "inside"
        assert (target / "folder/sub").is_dir()

    async def test_a_link_is_followed_within_the_root(self, subject: RootedFiles, root: Path) -> None:
        for path, follow, found in (
            ("/absolute", False, ["absolute"]),
            ("/absolute", True, ["folder", "folder/file", "folder/sub"]),
        ):
            packed = b"".join([chunk async for chunk in subject.pack(str(root), path, follow=follow)])
            with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
                assert sorted(tar.getnames()) == found

    @pytest.mark.parametrize("name", ["data", "a&b,c\\\\1"])
    async def test_the_root_goes_by_a_name(self, subject: RootedFiles, root: Path, name: str) -> None:
        (root / ".hidden").symlink_to("./folder")
        (root / "hard").hardlink_to(root / "folder/file")
        stream = b"".join(
            [chunk async for chunk in subject.pack(str(root), "/", follow=False, root_name=name)]
        )
        with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
            assert {name, f"{name}/.hidden", f"{name}/folder/sub"} <= set(tar.getnames())
            assert tar.getmember(f"{name}/.hidden").linkname == "./folder"
            links = [one.linkname for one in tar.getmembers() if one.islnk()]
            assert links in ([f"{name}/hard"], [f"{name}/folder/file"])

    @pytest.mark.parametrize("path", ["/up/secret", "/../secret", "/absent"])
    async def test_nothing_outside_is_packed(self, subject: RootedFiles, root: Path, path: str) -> None:
        with pytest.raises(K3cError):
            async for _ in subject.pack(str(root), path, follow=True):
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
        self,
        subject: RootedFiles,
        root: Path,
        tmp_path: Path,
        members: tuple[tuple[str, bytes, str, bytes], ...],
    ) -> None:
        with suppress(K3cError):  # refused, or put where it leads to within the root
            await subject.unpack(str(root), "/", chunks(archive(*members)))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["root", "secret"]
        assert (tmp_path / "secret").read_text() == "outside"

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
    async def test_what_is_refused(
        self, subject: RootedFiles, root: Path, folder: str, data: bytes, error: type[K3cError]
    ) -> None:
        with pytest.raises(error):
            await subject.unpack(str(root), folder, chunks(data))

    @pytest.mark.parametrize(("name", "error"), [("absent", NotFound), ("folder/file", Conflict)])
    async def test_a_root_that_is_none(
        self, subject: RootedFiles, root: Path, name: str, error: type[K3cError]
    ) -> None:
        with pytest.raises(error):
            await subject.stat(str(root / name), "/")
        with pytest.raises(error):
            await packed(subject, root / name, "/")
        with pytest.raises(error):
            await subject.unpack(str(root / name), "/", chunks(archive(("a", tarfile.REGTYPE, "", b""))))

    @pytest.mark.parametrize("follow", [False, True])
    @pytest.mark.parametrize("path", ["/absent", "/absent/file", "/folder/absent", "/folder/file/below"])
    async def test_what_is_not_there_is_not_found(
        self, subject: RootedFiles, root: Path, path: str, *, follow: bool
    ) -> None:
        with pytest.raises(NotFound):
            await packed(subject, root, path, follow=follow)

    @pytest.mark.parametrize("path", ["/..", "..", "/folder/../..", "/folder/sub/../../..", "/out"])
    async def test_above_the_root_is_the_root(self, subject: RootedFiles, root: Path, path: str) -> None:
        (root / "out").symlink_to("..")
        stream = await packed(subject, root, path, follow=True)
        with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
            names = tar.getnames()
        assert {"./folder/file", "./out"} <= set(names)
        assert not [name for name in names if "secret" in name]

    async def test_owners_and_modes_go_along(self, subject: RootedFiles, root: Path, tmp_path: Path) -> None:
        os.chown(root / "folder/file", 1234, 5678)
        (root / "folder/file").chmod(0o4751)
        target = tmp_path / "target"
        target.mkdir()
        await subject.unpack(str(target), "/", chunks(await packed(subject, root, "/folder/file")))
        found = (target / "file").stat()
        assert (found.st_mode & 0o7777, found.st_uid, found.st_gid) == (0o4751, 1234, 5678)

    async def test_a_stream_that_breaks_off_is_its_senders_error(
        self, subject: RootedFiles, root: Path
    ) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield archive(("new", tarfile.REGTYPE, "", b"x" * 5000))[:1000]
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await subject.unpack(str(root), "/", broken())

    async def test_packing_can_be_left_in_the_middle(self, subject: RootedFiles, root: Path) -> None:
        (root / "large").write_bytes(b"x" * (4 << 20))
        async with aclosing(subject.pack(str(root), "/large", follow=False)) as stream:
            assert await anext(stream)
            await asyncio.sleep(0.1)  # until as much has come as is taken without being asked for
        assert await subject.stat(str(root), "/large") == PathStat(exists=True)
