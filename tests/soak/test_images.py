"""Images that come and go, two hundred times: nothing leaks, and no image loses what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.daemon import K3c
from tests.integration.test_image_rounds import come_and_go

pytest_plugins = ("tests.integration.conftest",)
pytestmark = pytest.mark.timeout(3600)

ROUNDS = 200


def test_images_that_come_and_go_leave_nothing(k3c: K3c, registry: str, tmp_path: Path) -> None:
    come_and_go(k3c, registry, tmp_path, ROUNDS)
