"""Errors carry strings and lose none of them."""

from __future__ import annotations

import inspect
import pickle

import pytest

from domain import errors, problems
from domain.errors import K3cError, NotFound

KINDS = sorted(
    (kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, K3cError)),
    key=lambda kind: kind.__name__,
)


def example(kind: type[K3cError]) -> K3cError:
    return kind(*(f"value of {name}" for name in inspect.signature(kind).parameters))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_made_of_its_fields(kind: type[K3cError]) -> None:
    error = example(kind)
    assert list(error.fields()) == list(inspect.signature(kind).parameters)
    assert kind(**error.fields()).fields() == error.fields()
    assert error.args == tuple(error.fields().values())
    annotations = [parameter.annotation for parameter in inspect.signature(kind).parameters.values()]
    assert set(annotations) <= {"str", *vars(problems)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_can_be_pickled_and_read(kind: type[K3cError]) -> None:
    error = example(kind)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert copy.fields() == error.fields()
    for name, value in error.fields().items():
        assert f"{name}={value!r}" in str(error)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_in_the_tree(kind: type[K3cError]) -> None:
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__


def test_there_are_kinds() -> None:
    assert NotFound in KINDS
    assert len(KINDS) > 10


def test_errors_are_equal_only_to_themselves() -> None:
    first, second = NotFound("image", "a"), NotFound("image", "a")
    assert first != second
    assert first.fields() == second.fields()
    assert {first: 1}[first] == 1
