"""Nothing leaks, and no image loses what it needs, when images come and go at once."""

from __future__ import annotations

import random
from pathlib import Path

from tests.integration.daemon import K3c
from tests.integration.image_rounds import Rounds, stored

ROUNDS = 12


def test_images_that_come_and_go_leave_nothing(k3c: K3c, registry: str, tmp_path: Path) -> None:
    come_and_go(k3c, registry, tmp_path, ROUNDS)


def come_and_go(k3c: K3c, registry: str, folder: Path, count: int) -> None:
    """Do so many rounds, and compare what is stored before and after."""
    rounds = Rounds(k3c, registry, folder)
    rounds.prepare()
    before = stored(k3c)
    seed = random.randrange(1 << 32)
    print("seed", seed)  # noqa: T201 - shown when the test fails
    rounds.run(count, seed)
    assert stored(k3c) == before
    assert k3c.ok("run", "--rm", "busybox", "echo", "whole") == "whole"
