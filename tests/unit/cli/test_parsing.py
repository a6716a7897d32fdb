"""The tables of arguments are assembled once for a call, and before it in a process that forks calls."""

from __future__ import annotations

from typing import Annotated

import pytest
from cyclopts import App, Parameter

from entrypoints.cli.app import dispatch, preload
from entrypoints.cli.parsing import call_with


def shown(*names: str, many: Annotated[tuple[str, ...], Parameter(name=["--many", "-m"])] = ()) -> str:
    return f"{names} {many}"


@pytest.fixture
def assembled(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The functions whose arguments cyclopts assembles from now on."""
    done: list[object] = []
    assemble = App.assemble_argument_collection

    def assembling(self: App) -> object:
        done.append(self.default_command)
        return assemble(self)

    monkeypatch.setattr(App, "assemble_argument_collection", assembling)
    return done


def test_a_call_knows_nothing_of_the_one_before() -> None:
    assert call_with(shown, ["a", "-m", "1", "-m", "2", "b"]) == "('a', 'b') ('1', '2')"
    assert call_with(shown, ["c"]) == "('c',) ()"
    assert call_with(shown, []) == "() ()"


@pytest.mark.parametrize("tokens", ["ps --bogus", "run --bogus busybox sh -c x", "volume rm --bogus"])
def test_a_call_assembles_once_and_none_after_preload(tokens: str, assembled: list[object]) -> None:
    preload()
    assembled.clear()
    assert dispatch(tokens.split()) in {2, 125}
    assert assembled == []
    assert dispatch(tokens.split()) in {2, 125}
    assert len(assembled) == 1
