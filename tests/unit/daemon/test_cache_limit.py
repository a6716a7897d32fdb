"""How much of a disk the build cache may take."""

from __future__ import annotations

import pytest

from entrypoints.daemon.embedded.configs import cache_limit


@pytest.mark.parametrize(
    ("disk", "limit"), [(10**12, 10**11), (20 * 10**9, 5 * 10**9), (50 * 10**9, 5 * 10**9)]
)
def test_it_is_a_tenth_and_five_gigabytes_at_least(disk: int, limit: int) -> None:
    assert cache_limit(disk) == limit
