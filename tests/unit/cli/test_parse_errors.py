"""What cannot be parsed is told in the words of every other error."""

from __future__ import annotations

import pytest

from entrypoints.cli.app import dispatch


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        ("ps --bogus", 2, "unknown flag --bogus (see `k3c help ps`)"),
        ("ps --al", 2, 'unknown flag --al. Did you mean "--all"? (see `k3c help ps`)'),
        ("imagse", 2, "unknown command 'imagse'. Did you mean \"images\"? (see `k3c help`)"),
        ("run", 125, "missing argument IMAGE (see `k3c help run`)"),
        ("run -m", 125, "-m requires a value (see `k3c help run`)"),
        ("port a b c", 2, "unexpected argument 'c' (see `k3c help port`)"),
        ("stop -t soon x", 2, "invalid -t 'soon': use a whole number (see `k3c help stop`)"),
        ("ps --all=maybe", 2, "invalid --all 'maybe': use true or false (see `k3c help ps`)"),
        (
            "inspect --type=x y",
            2,
            "invalid --type 'x': use one of container, image, volume (see `k3c help inspect`)",
        ),
    ],
)
def test_one_line(line: str, code: int, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(line.split()) == code
    assert capsys.readouterr() == ("", f"k3c: {text}\n")
