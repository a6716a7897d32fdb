"""What every ImageRoots does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from application.ports.images import ImageRoots
from domain.errors import NotFound


@dataclass(frozen=True)
class ImageRootWorld:
    """The roots of images: one that is here and has /etc/passwd, and one that is not."""

    roots: ImageRoots
    image_id: str
    absent_id: str


class ImageRootsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> ImageRootWorld:
        raise NotImplementedError

    async def test_the_files_are_there_once_and_again(self, subject: ImageRootWorld) -> None:
        for _ in range(2):
            async with subject.roots.opened(subject.image_id) as root:
                assert Path(root, "etc/passwd").read_text().startswith("root:")

    async def test_several_may_look_at_once(self, subject: ImageRootWorld) -> None:
        async with subject.roots.opened(subject.image_id) as first:
            async with subject.roots.opened(subject.image_id) as second:
                assert Path(second, "etc/passwd").is_file()
            assert Path(first, "etc/passwd").is_file()

    async def test_what_is_raised_in_the_block_comes_out(self, subject: ImageRootWorld) -> None:
        with pytest.raises(ZeroDivisionError):
            async with subject.roots.opened(subject.image_id):
                raise ZeroDivisionError

    async def test_an_image_that_is_not_here_is_not_found(self, subject: ImageRootWorld) -> None:
        with pytest.raises(NotFound) as raised:
            async with subject.roots.opened(subject.absent_id):
                pass
        assert raised.value.fields() == {"kind": "image", "reference": subject.absent_id}
