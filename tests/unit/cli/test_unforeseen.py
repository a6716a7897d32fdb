"""What nobody foresaw is told in a line, and not as a traceback."""

from __future__ import annotations

import sys
from typing import NoReturn

import pytest

from entrypoints.cli import app


@pytest.fixture
def _raising(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(*_: object) -> NoReturn:
        raise ValueError("a\nb")

    monkeypatch.setattr(app, "_run", raising)


@pytest.mark.usefixtures("_raising")
@pytest.mark.parametrize(("line", "code"), [("ps", 1), ("run busybox", 125), ("--debug ps", 1)])
def test_a_line_and_with_debug_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, code: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["k3c", *line.split()])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == code
    *origin, said = capsys.readouterr().err.splitlines()
    assert said == (
        "k3c: unexpected error: ValueError: a b: please report it, with what `k3c --debug` and the same command show"
    )
    assert bool(origin) is line.startswith("--debug")


@pytest.mark.parametrize(("line", "code"), [("ps", 1), ("run busybox", 125)])
def test_a_file_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, code: int
) -> None:
    def raising(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", b"/a/b")

    monkeypatch.setattr(app, "_run", raising)
    monkeypatch.setattr(sys, "argv", ["k3c", *line.split()])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == "k3c: path /a/b: Permission denied\n"
