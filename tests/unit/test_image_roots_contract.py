"""The contract on the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.image_roots_contract import ImageRootsContract, ImageRootWorld
from tests.unit.fakes.furniture import FakeImageRoots


class TestFakeImageRoots(ImageRootsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> ImageRootWorld:
        (tmp_path / "etc").mkdir()
        (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        return ImageRootWorld(
            FakeImageRoots(tmp_path, frozenset({"sha256:absent"})), "sha256:here", "sha256:absent"
        )
