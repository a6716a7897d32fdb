"""What a folder takes in, from a sender that may be hostile: nothing is written outside of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.buildkit import outputs
from adapters.buildkit.calls import dispatcher, prefix
from adapters.buildkit.folder import FolderWriter
from adapters.buildkit.proto.control_pb2 import BytesMessage
from adapters.buildkit.proto.fsutil_pb2 import Packet, Stat
from adapters.buildkit.receiver import _Receiver
from adapters.buildkit.walker import go_mode, posix_mode
from domain.build import BuildOutput
from domain.errors import BuildFailed
from tests.unit.buildkit.h2_client import connected

DIRECTORY, LINK, PLAIN = go_mode(stat.S_IFDIR | 0o750), go_mode(stat.S_IFLNK | 0o777), go_mode(0o100640)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the destination, with a file that must stay what it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "file").write_text("untouched")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def writer(out: Path) -> Iterator[FolderWriter]:
    with FolderWriter(out) as writer:
        yield writer


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(writer: FolderWriter, path: bytes, data: bytes) -> None:
    assert writer.announce(Stat(path=path, mode=PLAIN, modTime=10**18))
    writer.write(path, data)
    writer.complete(path)


def test_files_folders_and_links(writer: FolderWriter, out: Path) -> None:
    assert not writer.announce(Stat(path=b"d", mode=go_mode(stat.S_IFDIR | 0o555), modTime=2 * 10**18))
    write(writer, b"d/f", b"content")
    assert not writer.announce(Stat(path=b"d/h", mode=PLAIN, linkname=b"d/f"))
    assert not writer.announce(Stat(path=b"s", mode=LINK, linkname=b"/etc/passwd"))
    assert not writer.announce(Stat(path=b"p", mode=go_mode(stat.S_IFIFO | 0o600)))
    writer.finish()
    assert (out / "d/f").read_bytes() == b"content"
    assert (out / "d/f").stat().st_mode == 0o100640
    assert (out / "d/f").stat().st_mtime == 10**9
    assert (out / "d/h").stat().st_ino == (out / "d/f").stat().st_ino
    assert ((out / "d").stat().st_mode, (out / "d").stat().st_mtime) == (0o040555, 2 * 10**9)
    assert (out / "s").readlink() == Path("/etc/passwd")
    assert stat.S_ISFIFO((out / "p").lstat().st_mode)
    assert names(out) == ["d", "p", "s"]


def test_what_is_there_is_replaced_and_not_written_into(out: Path, outside: Path) -> None:
    out.mkdir()
    (out / "link").symlink_to(outside / "file")
    os.link(outside / "file", out / "hardlink")
    (out / "folder").symlink_to(outside)
    (out / "was-folder").mkdir()
    (out / "was-folder/x").touch()
    with FolderWriter(out) as writer:
        for name in (b"link", b"hardlink", b"was-folder"):
            write(writer, name, b"new")
        writer.announce(Stat(path=b"folder", mode=DIRECTORY))
        write(writer, b"folder/file", b"new")
        writer.finish()
    assert [(out / name).read_text() for name in ("link", "hardlink", "was-folder", "folder/file")] == [
        "new"
    ] * 4
    assert (outside / "file").read_text() == "untouched"


@pytest.mark.parametrize(
    "path",
    [b"../outside/file", b"/etc/x", b"a/../../x", b"..", b".", b"", b"a//b", b"./a", b"a/", b"a\0b"],
)
def test_paths_that_lead_out(writer: FolderWriter, outside: Path, path: bytes) -> None:
    with pytest.raises(BuildFailed) as refused:
        writer.announce(Stat(path=path, mode=PLAIN))
    assert refused.value.problem == "output-outside"
    assert (outside / "file").read_text() == "untouched"


def test_a_link_that_was_sent_is_not_walked_through(writer: FolderWriter, outside: Path) -> None:
    writer.announce(Stat(path=b"a", mode=LINK, linkname=os.fsencode(outside)))
    for mode, link in ((PLAIN, b""), (LINK, b"x"), (DIRECTORY, b"")):
        with pytest.raises(BuildFailed) as refused:
            writer.announce(Stat(path=b"a/file", mode=mode, linkname=link))
        assert refused.value.problem == "output-unwritable"
    assert names(outside) == ["file"]


def test_a_folder_that_becomes_a_link_is_not_walked_through(
    writer: FolderWriter, outside: Path, out: Path
) -> None:
    writer.announce(Stat(path=b"a", mode=DIRECTORY))
    assert writer.announce(Stat(path=b"a/file", mode=PLAIN))
    writer.announce(Stat(path=b"a", mode=LINK, linkname=os.fsencode(outside)))
    with pytest.raises(BuildFailed):
        writer.write(b"a/file", b"evil")
    with pytest.raises(BuildFailed):
        writer.finish()
    assert (outside / "file").read_text() == "untouched"
    assert outside.stat().st_mode != stat.S_IFDIR | 0o750


def test_a_file_that_becomes_another_is_not_written(writer: FolderWriter, outside: Path, out: Path) -> None:
    assert writer.announce(Stat(path=b"f", mode=PLAIN))
    (out / "f").unlink()
    os.link(outside / "file", out / "f")
    with pytest.raises(BuildFailed):
        writer.write(b"f", b"evil")
    assert (outside / "file").read_text() == "untouched"


@pytest.mark.parametrize("target", [b"../outside/file", b"old", b"link/file", b"missing"])
def test_hardlinks_lead_to_files_of_the_same_transfer_only(
    writer: FolderWriter, out: Path, outside: Path, target: bytes
) -> None:
    (out / "old").write_text("old")
    writer.announce(Stat(path=b"link", mode=LINK, linkname=os.fsencode(outside)))
    with pytest.raises(BuildFailed):
        writer.announce(Stat(path=b"h", mode=PLAIN, linkname=target))
    assert not (out / "h").exists()
    assert (outside / "file").stat().st_nlink == 1


PARTS = st.sampled_from([b"a", b"b", b"..", b".", b"", b"link", b"/", b"outside", b"file"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map(b"/".join)
STATS = st.builds(
    Stat, path=PATHS, mode=st.sampled_from([DIRECTORY, LINK, PLAIN]), linkname=st.one_of(st.just(b""), PATHS)
)


@given(st.lists(st.one_of(STATS, PATHS), max_size=12))
def test_no_order_of_packets_leads_out(
    tmp_path_factory: pytest.TempPathFactory, sent: list[Stat | bytes]
) -> None:
    parent = tmp_path_factory.mktemp("any")
    (parent / "outside").mkdir()
    (parent / "outside/file").write_text("untouched")
    wanted: set[bytes] = set()
    with FolderWriter(parent / "out") as writer:
        for each in sent:
            try:
                if isinstance(each, Stat):
                    wanted |= {each.path} if writer.announce(each) else set()
                elif each in wanted:
                    writer.write(each, b"evil")
            except BuildFailed:
                continue
    assert names(parent) == ["out", "outside"]
    assert names(parent / "outside") == ["file"]
    assert (parent / "outside/file").read_text() == "untouched"
    assert (parent / "outside").stat().st_nlink == 2


@pytest.mark.parametrize(
    "mode", [0o100644, 0o104755, 0o102755, 0o041777, 0o120777, 0o010600, 0o020600, 0o060600]
)
def test_modes_come_back(mode: int) -> None:
    assert posix_mode(go_mode(mode)) == mode


def packet(**fields: object) -> bytes:
    message = Packet(**fields).SerializeToString()  # type: ignore[arg-type]
    return prefix(len(message)) + message


STAT = packet(type=Packet.PACKET_STAT, stat=Stat(path=b"f", mode=PLAIN))
LAST = packet(type=Packet.PACKET_STAT)


@pytest.mark.parametrize(
    "sent",
    [
        packet(type=Packet.PACKET_DATA, ID=0, data=b"x"),
        STAT + packet(type=Packet.PACKET_DATA, ID=7, data=b"x"),
        STAT + packet(type=Packet.PACKET_FIN),
        STAT + packet(type=Packet.PACKET_REQ, ID=0),
        STAT + LAST + LAST,
        packet(type=9),
        prefix(3) + b"\xff\xff\xff",
        STAT + LAST + packet(type=Packet.PACKET_DATA) + packet(type=Packet.PACKET_DATA),
        packet(type=Packet.PACKET_ERR, data=b"no space left"),
        b"\x01\0\0\0\1x",
        b"\0\xff\xff\xff\xff",
    ],
)
async def test_packets_out_of_order_end_the_transfer(tmp_path: Path, sent: bytes) -> None:
    handlers = outputs.handlers((BuildOutput("local", {}, tmp_path / "out"),))
    async with connected(dispatcher(handlers)) as client:
        number = client.call(outputs.METHOD, sent, (("buildkit-attachable-exporter-id", "0"),))
        status = (await client.until(number))["grpc-status"]
    assert status in {str(grpc.StatusCode[name].value[0]) for name in REFUSED}


REFUSED = ("INVALID_ARGUMENT", "ABORTED", "UNIMPLEMENTED")


def test_few_files_are_open_at_a_time(writer: FolderWriter) -> None:
    receiver = _Receiver(writer)
    stats = [
        Packet(type=Packet.PACKET_STAT, stat=Stat(path=b"%d" % n, mode=PLAIN)).SerializeToString()
        for n in range(200)
    ]
    asked, _ = receiver.take(stats)
    assert len(asked) == 64
    done = [Packet(type=Packet.PACKET_DATA, ID=n).SerializeToString() for n in range(10)]
    assert len(receiver.take(done)[0]) == 10


@pytest.mark.parametrize("number", ["1", "-1", "x", "99999999999999999999", ""])
async def test_an_output_that_is_not_there(tmp_path: Path, number: str) -> None:
    handlers = outputs.handlers((BuildOutput("tar", {}, tmp_path / "out"), BuildOutput("image")))
    async with connected(dispatcher(handlers)) as client:
        call = client.call(outputs.METHOD, headers=(("buildkit-attachable-exporter-id", number),))
        assert (await client.until(call))["grpc-status"] == str(grpc.StatusCode.NOT_FOUND.value[0])
    assert not (tmp_path / "out").exists()


async def test_an_archive_takes_its_name_once_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "out.tar"
    target.write_text("old")
    message = BytesMessage(data=b"new").SerializeToString()
    async with connected(dispatcher(outputs.handlers((BuildOutput("tar", {}, target),)))) as client:
        broken = client.call(outputs.METHOD, prefix(len(message)) + message)
        client.h2.reset_stream(broken)
        client.flush()
        whole = client.call(outputs.METHOD, prefix(len(message)) + message)
        assert target.read_text() == "old"
        client.send(whole, b"", end=True)
        assert (await client.until(whole))["grpc-status"] == "0"
    assert target.read_text() == "new"
    assert names(tmp_path) == ["out.tar"]
