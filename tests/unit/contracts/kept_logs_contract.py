"""What every KeptLogs does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from application.ports.logs import KeptLogs


@dataclass(frozen=True)
class KeptWorld:
    """Kept logs, for a hundred seconds or more, and the folder in which containers write."""

    kept: KeptLogs
    root: Path


def a_log(root: Path, container_id: str, name: str, *numbers: int) -> tuple[str, ...]:
    """The logs that a container's lives of these numbers left."""
    folder = root / f"k3c_{name}_{container_id}" / name
    folder.mkdir(parents=True)
    for number in numbers:
        (folder / f"{number}.log").write_text(str(number))
    return tuple(str(folder / f"{number}.log") for number in numbers)


class KeptLogsContract:
    """Override `subject`."""

    @pytest.fixture
    def subject(self) -> KeptWorld:
        raise NotImplementedError

    async def test_the_last_is_found_by_name_id_and_beginning_of_it(self, subject: KeptWorld) -> None:
        await subject.kept.keep(a_log(subject.root, "ab12", "web", 9, 10), "ab12", "web")
        await subject.kept.keep(a_log(subject.root, "cd34", "db", 1), "cd34", "db")
        for reference in ("web", "ab12", "ab"):
            assert (await subject.kept.find(reference)).endswith("/web/10.log")
        for unknown in ("", "we", "b12", "other"):
            assert await subject.kept.find(unknown) == ""

    async def test_what_is_not_old_stays_and_a_clearance_takes_all(self, subject: KeptWorld) -> None:
        await subject.kept.keep(a_log(subject.root, "ab12", "web", 1), "ab12", "web")
        await subject.kept.expire()
        assert await subject.kept.find("web")
        for _ in range(2):
            await subject.kept.clear()
            assert await subject.kept.find("web") == ""

    async def test_one_that_wrote_nothing_has_none(self, subject: KeptWorld) -> None:
        await subject.kept.keep((), "ab12", "web")
        assert await subject.kept.find("web") == ""
