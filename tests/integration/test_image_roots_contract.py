"""The contract on containerd's snapshots, and what only mounts can show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.snapshots.image_roots import ContainerdImageRoots
from tests.integration.daemon import Daemon, K3c
from tests.unit.contracts.image_roots_contract import ImageRootsContract, ImageRootWorld

ABSENT = f"sha256:{'0' * 64}"


@pytest.fixture
async def world(
    daemon: Daemon, containerd_socket: str, busybox_image: str, tmp_path: Path
) -> AsyncIterator[ImageRootWorld]:
    async with open_channel(f"unix://{containerd_socket}") as channel:
        mounts = tmp_path / "mounts"
        image_id = K3c(daemon).ok("images", "-q", "--no-trunc", busybox_image)
        yield ImageRootWorld(ContainerdImageRoots(channel, "overlayfs", str(mounts)), image_id, ABSENT)
        assert not list(mounts.glob("*"))


class TestContainerdImageRoots(ImageRootsContract):
    @pytest.fixture
    def subject(self, world: ImageRootWorld) -> ImageRootWorld:
        return world


async def test_nothing_can_be_written(world: ImageRootWorld) -> None:
    async with world.roots.opened(world.image_id) as root:
        with pytest.raises(OSError, match="Read-only file system"):
            Path(root, "etc/passwd").write_text("changed")
        with pytest.raises(OSError, match="Read-only file system"):
            Path(root, "new").touch()
