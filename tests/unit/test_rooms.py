"""The tables that say where things are, and the rooms' own words, agree with what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("domain", "application", "adapters", "entrypoints")
ROW = re.compile(r"^\|(?P<what>[^|]+)\|(?P<where>[^|]+)\|$", re.MULTILINE)
PATH = re.compile(r"`([\w./-]+)`")


def places() -> list[tuple[str, str]]:
    """The rows of CONTRIBUTING's table of places: what is looked for, and each path where it is said to be."""
    table = (
        (ROOT / "CONTRIBUTING.md")
        .read_text()
        .partition("| you look for | it is in |")[2]
        .partition("\n\n")[0]
    )
    rows = [(row["what"].strip(), row["where"]) for row in ROW.finditer(table) if "---" not in row["what"]]
    return [(what, path) for what, where in rows for path in PATH.findall(where)]


def test_the_table_of_places_is_read() -> None:
    assert len(places()) > 20


@pytest.mark.parametrize(("what", "path"), places())
def test_what_the_table_of_places_names_is_there(what: str, path: str) -> None:
    assert (ROOT / path).exists() or list(ROOT.glob(f"{path}*")), f"{what}: {path}"


@pytest.mark.parametrize(
    "init", sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("__init__.py")), ids=str
)
def test_every_room_says_what_belongs_in_it(init: Path) -> None:
    words = ast.get_docstring(ast.parse(init.read_text()))
    assert words
    assert len(words.splitlines()) <= 5


def test_every_folder_of_the_layers_is_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text()
    folders = [
        path.name for layer in LAYERS for path in (ROOT / layer).iterdir() if (path / "__init__.py").exists()
    ]
    assert [name for name in folders if name not in picture] == []
