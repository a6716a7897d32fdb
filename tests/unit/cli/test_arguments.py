"""Where the options of k3c end and the command of the container begins."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.cli.arguments import end_options_at_first_positional, options_with_values
from entrypoints.cli.container.run import run

TAKING = options_with_values(run)


@pytest.mark.parametrize(
    ("given_tokens", "split"),
    [
        (["busybox", "sh", "-c", "x"], ["--", "busybox", "sh", "-c", "x"]),
        (["--name", "a", "busybox", "--help"], ["--name", "a", "--", "busybox", "--help"]),
        (["--name=a", "busybox", "--rm"], ["--name=a", "--", "busybox", "--rm"]),
        (["-d", "-p", "80", "busybox"], ["-d", "-p", "80", "--", "busybox"]),
        (["-eA=1", "busybox", "-e", "B"], ["-eA=1", "--", "busybox", "-e", "B"]),
        (["--rm=false", "busybox"], ["--rm=false", "--", "busybox"]),
        (["--", "busybox", "-x"], ["--", "busybox", "-x"]),
    ],
)
def test_options_end_at_the_image(given_tokens: list[str], split: list[str]) -> None:
    assert end_options_at_first_positional(TAKING, given_tokens) == split


@given(st.lists(st.text(string.ascii_letters + string.digits + string.punctuation, min_size=1), max_size=5))
def test_nothing_behind_the_image_is_touched(command: list[str]) -> None:
    split = end_options_at_first_positional(TAKING, ["--rm", "busybox", *command])
    assert split == ["--rm", "--", "busybox", *command]
