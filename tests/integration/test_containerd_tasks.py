"""Signals and exits, on real containers that containerd's own client made."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import grpc
import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.tasks.exits import ContainerdExits
from adapters.containerd.tasks.signals import ContainerdProcessSignals
from domain.errors import NotFound, RuntimeFailed, Unavailable
from domain.names import new_id

CTR = str(Path(sys.prefix) / "libexec" / "k3c" / "ctr")
SLEEP = ("/bin/busybox", "sleep", "1000")


@pytest.fixture
async def channel(containerd_socket: str) -> AsyncIterator[grpc.aio.Channel]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        yield channel


@pytest.fixture(scope="session")
def rootfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system of busybox alone."""
    root = tmp_path_factory.mktemp("rootfs")
    for folder in ("bin", "proc", "sys", "dev", "tmp", "etc"):
        (root / folder).mkdir()
    shutil.copy2("/bin/busybox", root / "bin" / "busybox")
    return root


class Tasks:
    """Containers by `ctr`."""

    def __init__(self, socket: str, rootfs: Path) -> None:
        self._socket = socket
        self._rootfs = rootfs
        self._made: list[str] = []

    async def ctr(self, *arguments: str) -> int:
        """Run a command to its end; its exit status."""
        command = (CTR, "-a", self._socket, "-n", "k8s.io", *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    async def run(self, *arguments: str) -> str:
        """Start a container, return its id when it runs."""
        name = new_id()
        self._made.append(name)
        how = ("run", "--detach", "--null-io", "--rootfs", str(self._rootfs), name)
        assert await self.ctr(*how, *arguments) == 0
        return name

    async def clean(self) -> None:
        for name in self._made:
            await self.ctr("tasks", "rm", "--force", name)
            assert await self.ctr("containers", "rm", name) == 0


@pytest.fixture
async def tasks(containerd_socket: str, rootfs: Path) -> AsyncIterator[Tasks]:
    tasks = Tasks(containerd_socket, rootfs)
    yield tasks
    await tasks.clean()


@asynccontextmanager
async def watching(channel: grpc.aio.Channel) -> AsyncIterator[AsyncIterator[str]]:
    """A watch that stands: its first word was the gap."""
    async with aclosing(ContainerdExits(channel).watch()) as exits:
        assert await asyncio.wait_for(anext(exits), 10) == ""
        yield exits


async def next_of(exits: AsyncIterator[str], wanted: str, seconds: float = 10) -> None:
    """Wait until an id is told."""
    async with asyncio.timeout(seconds):
        async for told in exits:
            if told == wanted:
                return


async def test_an_end_is_told(channel: grpc.aio.Channel, tasks: Tasks) -> None:
    async with watching(channel) as exits:
        await next_of(exits, await tasks.run("/bin/busybox", "true"))


async def test_every_end_after_the_gap_is_told(channel: grpc.aio.Channel, tasks: Tasks) -> None:
    """The first anext is the subscription: an end right after it is not lost."""
    signals = ContainerdProcessSignals(channel)
    running = [await tasks.run(*SLEEP) for _ in range(5)]
    for runtime_id in running:
        async with watching(channel) as exits:
            await signals.signal(runtime_id, 9)
            await next_of(exits, runtime_id)


async def test_all_who_watch_are_told(channel: grpc.aio.Channel, tasks: Tasks) -> None:
    async with watching(channel) as first, watching(channel) as second:
        runtime_id = await tasks.run("/bin/busybox", "true")
        await asyncio.gather(next_of(first, runtime_id), next_of(second, runtime_id))


async def test_the_end_of_an_exec_is_not_the_containers(channel: grpc.aio.Channel, tasks: Tasks) -> None:
    runtime_id = await tasks.run(*SLEEP)
    async with watching(channel) as exits:
        assert await tasks.ctr("tasks", "exec", "--exec-id", "e1", runtime_id, "/bin/busybox", "true") == 0
        with pytest.raises(TimeoutError):
            await next_of(exits, runtime_id, 0.5)


@pytest.mark.parametrize("number", [9, 10, 15])
async def test_a_signal_arrives(channel: grpc.aio.Channel, tasks: Tasks, number: int, rootfs: Path) -> None:
    script = f"trap 'echo {number} > /tmp/got; exit 0' 10 15; echo > /tmp/up; while :; do sleep 0.02; done"
    for file in ("got", "up"):
        (rootfs / "tmp" / file).unlink(missing_ok=True)
    (rootfs / "bin" / "sleep").unlink(missing_ok=True)
    (rootfs / "bin" / "sleep").symlink_to("busybox")
    runtime_id = await tasks.run("/bin/busybox", "sh", "-c", script)
    while not (rootfs / "tmp" / "up").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.01)
    async with watching(channel) as exits:
        await ContainerdProcessSignals(channel).signal(runtime_id, number)
        await next_of(exits, runtime_id)
    got = rootfs / "tmp" / "got"
    assert (got.read_text().strip() if got.exists() else "") == ("" if number == 9 else str(number))


async def test_a_signal_to_what_has_ended_or_never_was(channel: grpc.aio.Channel, tasks: Tasks) -> None:
    signals = ContainerdProcessSignals(channel)
    async with watching(channel) as exits:
        ended = await tasks.run("/bin/busybox", "true")
        await next_of(exits, ended)
    for runtime_id in (ended, new_id()):
        for number in (9, 10):
            with pytest.raises(NotFound) as raised:
                await signals.signal(runtime_id, number)
            assert (raised.value.kind, raised.value.reference) == ("container", runtime_id)


async def test_a_number_that_is_no_signal(channel: grpc.aio.Channel, tasks: Tasks) -> None:
    runtime_id = await tasks.run(*SLEEP)
    for number in (65, 4000):
        with pytest.raises(RuntimeFailed):
            await ContainerdProcessSignals(channel).signal(runtime_id, number)
    assert await tasks.ctr("tasks", "exec", "--exec-id", "e2", runtime_id, "/bin/busybox", "true") == 0


class Relay:
    """A socket before containerd's, which can be taken away: containerd as it is lost and found."""

    def __init__(self, path: Path, behind: str) -> None:
        self.path = path
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._flows: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._accept, self.path)

    async def lose(self) -> None:
        assert self._server is not None
        self._server.close()
        self.path.unlink(missing_ok=True)
        for flow in self._flows:
            flow.cancel()
        if self._flows:
            await asyncio.wait(self._flows)
        self._flows.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._behind)
        for source, sink in ((reader, inner_writer), (inner_reader, writer)):
            self._flows.add(asyncio.create_task(_flow(source, sink), name="relay"))


async def _flow(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except OSError:
        return  # the other end is gone, and so are we
    finally:
        sink.close()


async def test_a_lost_containerd_is_found_again(containerd_socket: str, tasks: Tasks, tmp_path: Path) -> None:
    relay = Relay(tmp_path / "relay.sock", containerd_socket)
    await relay.open()
    async with open_channel(f"unix://{relay.path}") as channel, watching(channel) as exits:
        for pause in (0.0, 0.5):
            await relay.lose()
            await asyncio.sleep(pause)
            await relay.open()
            await next_of(exits, "")
            await next_of(exits, await tasks.run("/bin/busybox", "true"))
    await relay.lose()


async def test_watching_waits_for_containerd_and_can_be_cancelled(tmp_path: Path) -> None:
    async with open_channel(f"unix://{tmp_path}/nobody.sock") as channel:
        async with aclosing(ContainerdExits(channel).watch()) as exits:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(exits), 0.5)
        with pytest.raises(Unavailable):
            await ContainerdProcessSignals(channel).signal(new_id(), 9)
