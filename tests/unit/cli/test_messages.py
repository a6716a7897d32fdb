"""Every error with every problem has a sentence, and docs/errors.md shows them all."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from domain import errors
from domain.errors import Conflict, InvalidArgument, K3cError, NotHealthy
from entrypoints.api.errors import from_details, to_details
from entrypoints.cli import messages
from entrypoints.cli.messages import code_of, command_code, run_code, sentence, template_of
from entrypoints.cli.usage import UsageError
from tools.error_samples import samples
from tools.errors_table import PAGE, page

SAMPLES = tuple(samples())
KINDS = tuple(
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, K3cError) and kind is not K3cError
)
NAMES = {
    "value",
    "reference",
    "name",
    "path",
    "address",
    "registry",
    "container",
    "command",
    "service",
    "where",
}


def name_of(error: K3cError) -> str:
    return f"{type(error).__name__}-{code_of(error)}"


def codes(kind: type[K3cError]) -> set[str]:
    """The codes that the type of a class's problem allows; none for a class without problems."""
    hints = get_type_hints(kind)
    return set(get_args(hints.get("problem", hints.get("feature", str))))


@pytest.mark.parametrize("kind", [*KINDS, UsageError], ids=lambda kind: kind.__name__)
def test_every_kind_has_a_sentence_for_every_problem_and_an_example(kind: type[K3cError]) -> None:
    assert set(messages.PROBLEMS.get(kind, ())) == codes(kind)
    assert (kind in messages.PLAIN) is not bool(codes(kind))
    assert {code_of(error) for error in SAMPLES if type(error) is kind} == (codes(kind) or {""})


@pytest.mark.parametrize("error", SAMPLES, ids=name_of)
def test_a_sentence_is_one_line_without_gaps(error: K3cError) -> None:
    text = sentence(error)
    first = text.splitlines()[0]
    assert "\n" not in text or isinstance(error, errors.BuildFailed | NotHealthy)
    assert not re.search(r"  |: :|: $|[.;,]$|^ ", first)
    assert template_of(error) is not None


@pytest.mark.parametrize("error", SAMPLES, ids=name_of)
def test_a_sentence_names_the_thing(error: K3cError) -> None:
    for name, value in error.fields().items():
        assert name not in NAMES or value in sentence(error)


@pytest.mark.parametrize("error", SAMPLES, ids=name_of)
def test_every_template_takes_its_fields_from_the_error(error: K3cError) -> None:
    template = template_of(error)
    assert template is not None
    known = {field.name for field in fields(error)} | set(messages.PHRASES.get(type(error), ()))
    assert set(re.findall(r"(?<!\{)\{(\w+)", template.replace("{{", ""))) <= known


def test_the_page_shows_what_the_errors_say() -> None:
    assert PAGE.read_text() == page(), "make docs"


@pytest.mark.parametrize("error", [error for error in SAMPLES if type(error) in KINDS], ids=name_of)
def test_errors_cross_the_wire(error: K3cError) -> None:
    back = from_details(to_details(error))
    assert back is not None
    assert (type(back), back.fields()) == (type(error), error.fields())
    assert sentence(back) == sentence(error)


def test_a_problem_of_a_newer_daemon_comes_out_as_it_is() -> None:
    newer = InvalidArgument("flag", "x", "new")  # type: ignore[arg-type]
    assert sentence(newer) == "what='flag', value='x', problem='new', detail=''"


def test_braces_of_a_value_are_no_template() -> None:
    assert sentence(Conflict("container", "{kind}", "not-paused")) == "container {kind} is not paused"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("container", "web"), 125),
        (errors.CommandNotFound("x"), 127),
        (errors.CommandNotExecutable("x", "is-a-directory"), 126),
        (errors.NoWorkingDirectory("/none"), 127),
        (NotHealthy("web", "removed", ""), 1),
    ],
)
def test_exit_codes_of_run(error: K3cError, code: int) -> None:
    assert run_code(error) == code
    assert command_code(error) == (1 if code == 125 else code)
