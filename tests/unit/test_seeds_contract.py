"""The contract on the fake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.contracts.seeds_contract import SeedsContract, SeedWorld
from tests.unit.fakes.seeds import FakeSeeds


class TestFakeSeeds(SeedsContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> SeedWorld:
        image = tmp_path / "image"
        for folder in ("etc", "bin"):
            (image / folder).mkdir(parents=True)
        (image / "etc/passwd").write_text("root:")
        return SeedWorld(FakeSeeds(tmp_path / "seeds", image), "sha256:1")
