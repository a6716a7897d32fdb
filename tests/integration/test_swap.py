"""Runtimes are swapped by config: one use case on fakes, on the embedded containerd, on one that was there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from adapters.containerd.channel import open_channel
from adapters.sqlite_state.database import Database
from application.use_cases.container.run import Started
from domain.container import ContainerState
from domain.names import new_id
from domain.spec import ContainerSpec
from entrypoints.daemon.wiring import Daemon
from tests.unit.fakes.wired import CONFIG, FakeWorld, put_image, wiring

Kind = Literal["fake", "embedded", "external"]


@asynccontextmanager
async def on_fakes(_socket: str, _folder: Path) -> AsyncIterator[Daemon]:
    world = FakeWorld()
    await put_image(world.images)
    yield world.daemon()


@asynccontextmanager
async def on_containerd(
    kind: Literal["embedded", "external"], socket: str, folder: Path
) -> AsyncIterator[Daemon]:
    async with AsyncExitStack() as stack:
        database = await Database.open(folder / "state.db")
        stack.push_async_callback(database.aclose)
        channel = await stack.enter_async_context(open_channel(f"unix://{socket}"))
        config = replace(
            CONFIG,
            runtime_kind=kind,
            instance=new_id(),
            volumes_folder=str(folder / "volumes"),
            log_folder=str(folder / "pods"),
        )
        yield wiring(config, database=database, runtime_channel=channel)


@asynccontextmanager
async def chosen(kind: Kind, socket: str, folder: Path) -> AsyncIterator[Daemon]:
    """The wiring that a config of this kind gives."""
    async with on_fakes(socket, folder) if kind == "fake" else on_containerd(kind, socket, folder) as daemon:
        yield daemon


@pytest.mark.parametrize("kind", ["fake", "embedded", "external"])
async def test_a_container_from_run_to_removal(
    kind: Kind, containerd_socket: str, busybox_image: str, tmp_path: Path
) -> None:
    async with chosen(kind, containerd_socket, tmp_path) as daemon:
        spec = ContainerSpec("busybox", ("sh", "-c", "sleep 1000"))
        events = [event async for event in daemon.run()(spec, "swapped")]
        assert isinstance(events[-1], Started)
        (container,) = await daemon.list_containers()(everything=False)
        assert (container.record.name, container.state) == ("swapped", ContainerState.RUNNING)
        await daemon.stop()("swapped", 0)
        (container,) = await daemon.list_containers()(everything=True)
        assert container.exit is not None
        assert (container.state, container.exit.code) == (ContainerState.EXITED, 137)
        await daemon.start()("swapped")
        await daemon.remove()("swapped", force=True)
        assert await daemon.list_containers()(everything=True) == ()
        assert await daemon.sandboxes().list() == ()
