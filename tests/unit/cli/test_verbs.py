"""The table of verbs against the functions behind it."""

from __future__ import annotations

import inspect
import re

import pytest

from entrypoints.cli.options import groups
from entrypoints.cli.verb_page import group_of, shown_arguments
from entrypoints.cli.verbs import GROUPS, VOLUME_VERBS, UnknownVerb, Verb, find, verbs

VERBS = [pytest.param(path, verb, id=" ".join(path)) for path, verb in verbs()]
EVERY = [*(verb for group in GROUPS.values() for verb in group), *VOLUME_VERBS]


def test_verbs_are_in_groups() -> None:
    assert list(GROUPS) == ["Containers", "Images", "Builds", "Volumes", "System"]
    assert all(GROUPS.values())


@pytest.mark.parametrize("verb", EVERY, ids=lambda verb: verb.name)
def test_a_first_line_is_short_and_in_the_imperative(verb: Verb) -> None:
    assert 0 < len(verb.summary) <= 60
    assert verb.summary[0].isupper()
    assert not verb.summary.endswith(".")
    assert not verb.summary.split()[0].endswith(("s", "ing"))


@pytest.mark.parametrize(("path", "verb"), VERBS)
def test_a_first_line_is_that_of_the_docstring(path: tuple[str, ...], verb: Verb) -> None:
    documented = inspect.getdoc(verb.function()) or ""
    assert documented.splitlines()[0] == f"{verb.summary}."


@pytest.mark.parametrize(("path", "verb"), VERBS)
def test_the_usage_names_every_argument_in_order(path: tuple[str, ...], verb: Verb) -> None:
    shown = shown_arguments(verb.function())
    labels = [one.parameter.metavar or one.name.upper() for one in shown if one.index is not None]
    places = [verb.usage.index(label) for label in labels]
    assert places == sorted(places)
    assert verb.usage.startswith("[OPTIONS]") == any(one.index is None for one in shown)


@pytest.mark.parametrize(("path", "verb"), VERBS)
def test_the_usage_has_brackets_where_an_argument_may_be_left_out(path: tuple[str, ...], verb: Verb) -> None:
    words = verb.usage.removeprefix("[OPTIONS]").split()
    for argument in shown_arguments(verb.function()):
        if argument.index is not None and argument.required:
            assert not words[argument.index].startswith("["), argument.name


@pytest.mark.parametrize(("path", "verb"), VERBS)
def test_every_option_has_a_text_and_a_group_of_the_page(path: tuple[str, ...], verb: Verb) -> None:
    for argument in shown_arguments(verb.function()):
        text = argument.parameter.help or ""
        assert re.match(r"[A-Z]", text), argument.name
        assert not text.endswith("."), argument.name
        if argument.index is None:
            assert group_of(argument) in groups.ORDERED, argument.name


@pytest.mark.parametrize("name", ["run", "create"])
def test_every_option_of_run_is_in_a_named_group(name: str) -> None:
    _, verb = find([name]) or pytest.fail("there is no such verb")
    options = [one for one in shown_arguments(verb.function()) if one.index is None]
    assert len(options) > 55
    assert not [one.name for one in options if group_of(one) is groups.OTHER]


@pytest.mark.parametrize("words", [["volume", "rm", "x"], ["volumes", "rm"], ["v", "rm", "-f"]])
def test_a_verb_is_found_by_its_aliases(words: list[str]) -> None:
    path, verb = find(words) or pytest.fail("there is no such verb")
    assert path == ("volume", "rm")
    assert verb.summary == "Remove volumes"


@pytest.mark.parametrize(
    ("words", "word", "meant"),
    [
        (["rnu"], "rnu", "run"),
        (["immages"], "immages", "images"),
        (["volume", "prnue"], "prnue", "prune"),
        (["nonsense"], "nonsense", ""),
    ],
)
def test_an_unknown_verb_suggests_the_nearest(words: list[str], word: str, meant: str) -> None:
    with pytest.raises(UnknownVerb) as raised:
        find(words)
    assert (raised.value.word, raised.value.meant) == (word, meant)
