"""The contract on overlayfs over containerd's snapshots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.containerd.channel import open_channel
from adapters.containerd.snapshots.image_roots import ContainerdImageRoots
from adapters.containerd.snapshots.seeds import OverlaySeeds
from tests.integration.daemon import Daemon, K3c
from tests.unit.contracts.seeds_contract import SeedsContract, SeedWorld


class TestOverlaySeeds(SeedsContract):
    @pytest.fixture
    async def subject(
        self, daemon: Daemon, containerd_socket: str, busybox_image: str, tmp_path: Path
    ) -> AsyncIterator[SeedWorld]:
        async with open_channel(f"unix://{containerd_socket}") as channel:
            mounts = str(tmp_path / "mounts")
            images = ContainerdImageRoots(channel, "overlayfs", mounts)
            image_id = K3c(daemon).ok("images", "-q", "--no-trunc", busybox_image)
            yield SeedWorld(OverlaySeeds(images, str(tmp_path / "seeds"), mounts), image_id)
            assert not list(Path(mounts).glob("*"))
