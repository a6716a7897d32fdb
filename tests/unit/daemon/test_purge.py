"""What purge takes away of the cgroups."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.containerd.leftovers import cgroups


@pytest.mark.parametrize(
    ("markers", "gone", "kept"),
    [
        (("cgroup.controllers",), ("k3c/build", "k3c"), ("system.slice/k3c", "system.slice/k3c/other")),
        ((), ("memory/k3c/build", "memory/k3c", "pids/k3c"), ("memory/k3c-other",)),
    ],
    ids=["v2", "v1"],
)
def test_only_our_cgroups_are_removed(
    tmp_path: Path, markers: tuple[str, ...], gone: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    for marker in markers:
        (tmp_path / marker).touch()
    for folder in (*gone, *kept):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    assert cgroups.remove("/k3c", tmp_path) == []
    assert [folder for folder in gone if (tmp_path / folder).exists()] == []
    assert [folder for folder in kept if not (tmp_path / folder).exists()] == []
