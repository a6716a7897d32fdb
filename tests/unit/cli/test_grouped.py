"""docker's groups of verbs."""

from __future__ import annotations

import pytest

from entrypoints.cli.grouped import GROUPED, ungrouped
from entrypoints.cli.help import help_text
from entrypoints.cli.verbs import GROUPS, UnknownVerb, find


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("container ls -a", "ps -a"),
        ("container run -it busybox", "run -it busybox"),
        ("container inspect -f x web", "inspect --type container -f x web"),
        ("image ls", "images"),
        ("image rm busybox", "rmi busybox"),
        ("image inspect busybox", "inspect --type image busybox"),
        ("system info", "info"),
        ("container", "help container"),
        ("image --help", "help image"),
        ("ps", "ps"),
        ("", ""),
    ],
)
def test_what_is_meant(words: str, meant: str) -> None:
    assert ungrouped(words.split()) == meant.split()


def test_a_wrong_word_has_the_nearest() -> None:
    with pytest.raises(UnknownVerb) as raised:
        ungrouped(["container", "inspekt"])
    assert (raised.value.word, raised.value.meant) == ("inspekt", "inspect")


@pytest.mark.parametrize("group", GROUPED)
def test_each_word_stands_for_a_verb_and_has_its_help(group: str) -> None:
    page = help_text([group], 80)
    for word, meant in GROUPED[group].items():
        found = find(list(meant))
        assert found is not None
        assert word in page
        assert help_text([group, word], 80) == help_text(list(found[0]), 80)


def test_every_verb_of_containers_is_in_its_group() -> None:
    assert {verb.name for verb in GROUPS["Containers"]} <= GROUPED["container"].keys()
