"""Which range the bridge gets, and what is written and ruled for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import Conflict
from entrypoints.daemon.network import Bridge, choose


def test_the_first_free_range_is_taken_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "range"
    assert choose("k3c0", "", kept, ("10.61.7.0/24", "10.0.0.1")) == Bridge("k3c0", "10.62.0.0/16")
    assert choose("k3c0", "", kept, ()).cidr == "10.62.0.0/16"
    assert choose("k3c0", "", kept, ("10.62.0.0/15",)).cidr == "10.61.0.0/16"


def test_a_wanted_range_must_be_free(tmp_path: Path) -> None:
    assert choose("k3c0", "10.9.0.0/24", tmp_path / "range", ("10.8.0.0/24",)).cidr == "10.9.0.0/24"
    with pytest.raises(Conflict, match="range-routed") as caught:
        choose("k3c0", "10.9.0.0/24", tmp_path / "range", ("10.9.0.128/25",))
    assert caught.value.detail == "10.9.0.128/25"


def test_no_range_is_free(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="no-free-range"):
        choose("k3c0", "", tmp_path / "range", ("10.0.0.0/8",))


def test_only_pods_that_publish_have_portmap() -> None:
    bridge = Bridge("k3c0", "10.61.0.0/16")
    kinds = [
        [plugin["type"] for plugin in json.loads(bridge.conflist(Path("/d"), portmap=portmap))["plugins"]]
        for portmap in (False, True)
    ]
    assert kinds == [["bridge"], ["bridge", "portmap"]]


def test_every_rule_is_marked_as_the_bridges() -> None:
    bridge = Bridge("k3c0", "10.61.0.0/16")
    assert bridge.gateway == "10.61.0.1"
    assert all("k3c k3c0" in rule for rule in bridge.rules())
