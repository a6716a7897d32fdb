"""The scripts of `make compare`, and what of an outcome counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from compare.outcome import outcome
from compare.script import Line, read, scripts

FOLDER = Path(__file__).parents[2] / "compare"


def test_a_script_is_lines_some_with_a_reason() -> None:
    text = "# for the reader\n$E ps\n\n# differs: our own words\n$E none\n$E version\n"
    assert read(text, "a") == (Line("$E ps"), Line("$E none", "our own words"), Line("$E version"))


@pytest.mark.parametrize("text", ["# differs:\n$E ps\n", "$E ps\n# differs: why\n"])
def test_a_reason_needs_words_and_a_line(text: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        read(text, "a")


def test_there_are_many_lines_and_few_reasons() -> None:
    lines = [line for script in scripts(FOLDER) for line in script.lines]
    assert len(lines) >= 200
    assert sum(bool(line.reason) for line in lines) < len(lines) / 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a" * 64, "sha256:" + "b" * 64),
        ("web  Up 3 seconds   b1\n", "web Up About a minute  b1\n"),
        ("172.18.0.2 52:54:00:12:34:56\n", "10.4.0.77 0a:00:27:00:00:01\n"),
        ("2026-01-02T03:04:05.678901234Z", "2026-11-12 13:14:15 +0000 UTC"),
        ("the docker command", "the k3c command"),
        ("127.0.0.1:33001", "127.0.0.1:49153"),
        ("/tmp/one/file", "/tmp/other/file"),
    ],
)
def test_what_cannot_be_the_same_twice_does_not_count(one: str, other: str) -> None:
    first, second = outcome(0, one, "", "/tmp/one"), outcome(0, other, "", "/tmp/other")
    assert first.output.split() == second.output.split()


@pytest.mark.parametrize(
    ("code", "stdout", "stderr"), [(1, "a\n", "why"), (0, "b\n", "why"), (0, "a\n", ""), (0, "a", "why")]
)
def test_what_counts(code: int, stdout: str, stderr: str) -> None:
    assert outcome(code, stdout, stderr, "/f") != outcome(0, "a\n", "other words", "/f")
