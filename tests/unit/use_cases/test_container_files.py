"""`cp` and `diff`: which folder of this machine holds the files of a container."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from application.ports.files import PathStat
from domain.errors import Conflict, NotFound
from domain.spec import ContainerSpec
from domain.volume import Mount, MountKind, Volume
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.furniture import FakeContainerRoots, FakeImageRoots
from tests.unit.fakes.seeds import FakeSeeds
from tests.unit.fakes.wired import IMAGE, FakeWorld, put_image


@pytest.fixture
def world() -> FakeWorld:
    """All that is outside the daemon."""
    return FakeWorld()


@pytest.fixture
async def daemon(world: FakeWorld, tmp_path: Path) -> Daemon:
    """A daemon with an image that has /file and /etc, as have the containers made of it."""
    await put_image(world.images)
    made = world.daemon()
    made.image_roots.override(FakeImageRoots(tmp_path / "image"))
    made.container_roots.override(FakeContainerRoots(world.runtime, tmp_path / "container"))
    for roots in ("image", "container"):
        (tmp_path / roots / "etc").mkdir(parents=True)
        (tmp_path / roots / "file").write_text(f"of the {roots}")
    made.seeds.override(FakeSeeds(tmp_path / "seeds", tmp_path / "image"))
    return made


async def got(daemon: Daemon, path: str) -> dict[str, str]:
    """The files in what is copied from a path of box, by their names."""
    stat, *chunks = [part async for part in daemon.container_files().copy_from("box", path, follow=False)]
    assert isinstance(stat, PathStat)
    packed = b"".join(chunk for chunk in chunks if isinstance(chunk, bytes))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        opened = {name: archive.extractfile(name) for name in archive.getnames()}
        return {name: file.read().decode() for name, file in opened.items() if file is not None}


async def put(daemon: Daemon, folder: str, name: str, content: bytes) -> None:
    """Copy a file into a folder of box."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))

    async def chunks() -> AsyncIterator[bytes]:
        yield stream.getvalue()

    await daemon.container_files().copy_to("box", folder, chunks())


async def test_one_never_started_has_the_files_of_its_image(daemon: Daemon, tmp_path: Path) -> None:
    await daemon.create()(ContainerSpec(IMAGE), "box")
    assert await got(daemon, "/file") == {"file": "of the image"}
    assert (await daemon.container_files().stat("box", "/etc")).is_folder
    assert await daemon.container_files().changes("box") == ()
    with pytest.raises(NotFound):
        await got(daemon, "/absent")


async def test_what_is_copied_into_one_never_started_is_in_each_of_its_roots(
    daemon: Daemon, tmp_path: Path
) -> None:
    await daemon.create()(ContainerSpec(IMAGE), "box")
    await put(daemon, "/etc", "new", b"x")
    assert not list((tmp_path / "image/etc").iterdir())
    assert await got(daemon, "/etc/new") == {"new": "x"}
    assert await got(daemon, "/file") == {"file": "of the image"}
    assert await daemon.container_files().changes("box") == (("C", "/etc"), ("A", "/etc/new"))
    for _ in range(2):
        record = await daemon.start()("box")
        assert (tmp_path / "container/etc/new").read_text() == "x"
        (tmp_path / "container/etc/new").unlink()
        await daemon.stop()("box", 0)
    await daemon.remove()("box")
    assert await daemon.seeds().content(record.id) == ""


async def test_one_that_was_started_has_its_own(daemon: Daemon, tmp_path: Path) -> None:
    await daemon.create()(ContainerSpec(IMAGE), "box")
    await daemon.start()("box")
    assert await got(daemon, "/file") == {"file": "of the container"}
    assert await daemon.container_files().changes("box") == (("A", "/file"),)
    await put(daemon, "/etc", "new", b"x")
    assert (tmp_path / "container/etc/new").read_text() == "x"


class CountedRoots(FakeContainerRoots):
    """Roots that count how often they are opened."""

    opened_roots = 0

    @asynccontextmanager
    async def opened(self, runtime_id: str) -> AsyncIterator[str]:
        """The root."""
        self.opened_roots += 1
        async with super().opened(runtime_id) as root:
            yield root


async def test_a_copy_begins_with_what_is_there_and_opens_the_root_once(
    daemon: Daemon, world: FakeWorld, tmp_path: Path
) -> None:
    roots = CountedRoots(world.runtime, tmp_path / "container")
    daemon.container_roots.override(roots)
    await daemon.create()(ContainerSpec(IMAGE), "box")
    await daemon.start()("box")
    await end(daemon, world)
    first, *_ = [part async for part in daemon.container_files().copy_from("box", "/etc", follow=False)]
    assert first == PathStat(exists=True, is_folder=True)
    assert roots.opened_roots == 1


async def with_mounts(daemon: Daemon, world: FakeWorld, folder: Path) -> None:
    """Create box with a volume, and in it a bind mount that is read-only and a tmpfs; each has a file."""
    for name in ("volume", "bound"):
        (folder / name).mkdir()
        (folder / name / "one").write_text(f"of the {name}")
    world.files.paths.add(str(folder / "bound"))
    await daemon.volume_store().add(Volume("data", str(folder / "volume"), datetime.now(UTC)))
    mounts = (
        Mount(MountKind.VOLUME, "data", "/data"),
        Mount(MountKind.BIND, str(folder / "bound"), "/data/bound", read_only=True),
        Mount(MountKind.TMPFS, "", "/data/tmp"),
    )
    await daemon.create()(ContainerSpec(IMAGE, mounts=mounts), "box")


async def end(daemon: Daemon, world: FakeWorld) -> None:
    """Have the process of box end."""
    record = await daemon.lookup().record("box")
    assert record.attempt is not None
    world.runtime.finish(record.attempt.runtime_id, 0)


@pytest.mark.parametrize("started", [False, True])
async def test_what_mounts_hold_of_one_that_does_not_run(
    daemon: Daemon, world: FakeWorld, tmp_path: Path, *, started: bool
) -> None:
    await with_mounts(daemon, world, tmp_path)
    if started:
        await daemon.start()("box")
        await end(daemon, world)
    assert await got(daemon, "/data/one") == {"one": "of the volume"}
    assert await got(daemon, "/data/bound/") == {"bound/one": "of the bound"}
    assert await got(daemon, "/data") == {"data/one": "of the volume"}
    assert await got(daemon, "/etc/../file") == {"file": "of the container" if started else "of the image"}
    with pytest.raises(NotFound):
        await got(daemon, "/data/tmp/one")


async def test_into_what_mounts_hold_before_the_first_start(
    daemon: Daemon, world: FakeWorld, tmp_path: Path
) -> None:
    await with_mounts(daemon, world, tmp_path)
    await put(daemon, "/data", "new", b"x")
    assert (tmp_path / "volume/new").read_text() == "x"


async def test_into_what_mounts_hold(daemon: Daemon, world: FakeWorld, tmp_path: Path) -> None:
    await with_mounts(daemon, world, tmp_path)
    await daemon.start()("box")
    with pytest.raises(NotFound):  # while it runs its root has what is mounted: this one's is a plain folder
        await put(daemon, "/data", "new", b"x")
    await end(daemon, world)
    await put(daemon, "/data", "new", b"x")
    assert (tmp_path / "volume/new").read_text() == "x"
    with pytest.raises(Conflict, match="read-only"):
        await put(daemon, "/data/bound", "new", b"x")
    assert not (tmp_path / "bound/new").exists()


async def test_no_link_leads_out_of_a_mount(daemon: Daemon, world: FakeWorld, tmp_path: Path) -> None:
    await with_mounts(daemon, world, tmp_path)
    (tmp_path / "volume/up").symlink_to("..")
    (tmp_path / "volume/away").symlink_to(tmp_path / "bound")
    for path in ("/data/up/bound/one", "/data/away/one"):
        with pytest.raises(NotFound):
            await got(daemon, path)
