"""What every Seeds does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from application.ports.files import Seeds

BOX, OTHER = "1" * 64, "2" * 64


@dataclass(frozen=True)
class SeedWorld:
    """No seeds yet, and an image that has a file /etc/passwd and a folder /bin."""

    seeds: Seeds
    image_id: str


class SeedsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> SeedWorld:
        raise NotImplementedError

    async def test_there_is_none_at_first(self, subject: SeedWorld) -> None:
        assert await subject.seeds.content(BOX) == ""
        assert await subject.seeds.changes(BOX, subject.image_id) == ()
        await subject.seeds.remove(BOX)

    async def test_what_is_written_over_the_image_is_the_seed(self, subject: SeedWorld) -> None:
        async with subject.seeds.opened(BOX, subject.image_id) as root:
            assert Path(root, "bin").is_dir()
            image_has = Path(root, "etc/passwd").read_text()
            Path(root, "etc/passwd").write_text("replaced")
            Path(root, "new").mkdir()
            Path(root, "new/file").write_text("added")
        content = Path(await subject.seeds.content(BOX))
        assert {str(path.relative_to(content)) for path in content.rglob("*") if path.is_file()} == {
            "etc/passwd",
            "new/file",
        }
        assert (content / "etc/passwd").read_text() == "replaced"
        changes = await subject.seeds.changes(BOX, subject.image_id)
        assert changes == (("C", "/etc"), ("C", "/etc/passwd"), ("A", "/new"), ("A", "/new/file"))
        async with subject.seeds.opened(BOX, subject.image_id) as root:
            assert Path(root, "new/file").read_text() == "added"
        async with subject.seeds.opened(OTHER, subject.image_id) as root:
            assert Path(root, "etc/passwd").read_text() == image_has
            assert not Path(root, "new").exists()
        await subject.seeds.remove(OTHER)
        await subject.seeds.remove(BOX)

    async def test_one_that_is_removed_is_gone(self, subject: SeedWorld) -> None:
        async with subject.seeds.opened(BOX, subject.image_id) as root:
            Path(root, "new").write_text("added")
        for _ in range(2):
            await subject.seeds.remove(BOX)
        assert await subject.seeds.content(BOX) == ""
        async with subject.seeds.opened(BOX, subject.image_id) as root:
            assert not Path(root, "new").exists()
        await subject.seeds.remove(BOX)
