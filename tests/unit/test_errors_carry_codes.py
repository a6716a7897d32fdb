"""Sentences for users are made in the command line alone: what is below it raises codes, names and numbers."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from domain import errors, problems
from domain.errors import K3cError

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("domain", "application", "adapters", "entrypoints/api", "entrypoints/daemon")
KINDS = {
    name: list(inspect.signature(kind).parameters)
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, K3cError) and kind is not K3cError
}
CODES = {code for alias in vars(problems).values() for code in get_args(alias)}
# A noun for a thing, of a few words and without a verb, such as `path in the container`.
NOUNS = {"what", "kind", "service", "where"}


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """All that a file's source is made of."""
    return tuple(ast.walk(ast.parse(file.read_text())))


def made(folder: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Where an error is made, its class, and the call."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        if "_pb2" in file.name:
            continue
        for node in nodes(file):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node.func.id, node


def arguments(kind: str, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The call's arguments by the names of the class's fields."""
    yield from zip(KINDS[kind], call.args, strict=False)
    yield from ((keyword.arg or "", keyword.value) for keyword in call.keywords)


def texts(argument: ast.expr) -> Iterator[str]:
    """The literal text in an argument, also in parts of an f-string and in both branches of a choice."""
    for node in ast.walk(argument):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def complaint(name: str, argument: ast.expr) -> str:
    """What is wrong with an argument, "" if nothing is."""
    if isinstance(argument, ast.Constant) and name in {"problem", "feature"}:
        return "" if argument.value in CODES else "not a code"
    for text in texts(argument):
        if re.search(r"(^|\s)-{1,2}[a-z]", text):
            return f"names a flag: {text!r}"
        if name not in NOUNS and re.search(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}", text):
            return f"prose: {text!r}"
        if name in NOUNS and re.search(r"[^A-Za-z' -]|\b(is|are|has|must|cannot|use)\b", text):
            return f"more than a noun: {text!r}"
    return ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_error_carries_prose(folder: str) -> None:
    found = list(made(folder))
    assert found
    complaints = [
        f"{place}: {name} {why}"
        for place, kind, call in found
        for name, argument in arguments(kind, call)
        if (why := complaint(name, argument))
    ]
    assert complaints == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("problem", '"it is not running"'),
        ("detail", '"use one of these"'),
        ("detail", 'f"{place} is missing: install it"'),
        ("detail", '"--net"'),
        ("what", '"the name must be short"'),
        ("feature", '"exec --detach"'),
        ("detail", '"a" if x else "some more words"'),
    ],
)
def test_prose_is_found(name: str, source: str) -> None:
    assert complaint(name, ast.parse(source, mode="eval").body)


def test_every_code_is_used() -> None:
    folders = (*FOLDERS, "entrypoints/cli")
    used = {
        node.value
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        if "_pb2" not in file.name and file.name not in {"problems.py"}
        for node in nodes(file)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert CODES - used == set()
