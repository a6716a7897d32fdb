"""The tables of `make bench`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.table import parts_table, ratio_table, replaced
from bench.verbs import ROWS, chosen

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def test_medians_and_ratios() -> None:
    rows = {"ps": {"k3c": [0.010, 0.030, 0.020], "docker": [0.04, 0.04]}, "info": {"k3c": [0.001]}}
    assert ratio_table(rows, ["k3c", "docker"], "docker").splitlines() == [
        "|  | k3c, ms | docker, ms | k3c / docker |",
        "| --- | --- | --- | --- |",
        "| ps | 20.0 | 40.0 | 0.50 |",
        "| info | 1.0 | – | – |",
    ]


def test_without_a_peer_there_is_nothing_to_compare_with() -> None:
    table = ratio_table({"ps": {"k3c": [0.01], "k3c cold": [0.1]}}, ["k3c", "k3c cold"], "k3c")
    assert table.splitlines()[2] == "| ps | 10.0 | 100.0 | 10.00 |"


def test_parts() -> None:
    assert parts_table({"fork": 0.0025}).splitlines()[2:] == ["| fork | 2.5 |"]


def test_the_page_has_all_sections() -> None:
    text = PAGE.read_text()
    for section in ("verbs", "warm parts", "cold parts"):
        assert f"\n\nNEW {section}\n\n" in replaced(text, section, f"NEW {section}")
    with pytest.raises(ValueError, match="nothing like it"):
        replaced(text, "nothing like it", "")


def test_rows_are_chosen_by_their_verb() -> None:
    assert chosen([]) == list(ROWS)
    assert [row.name for row in chosen(["exec", "ps"])] == ["ps", "exec C true", "exec -i C cat"]
