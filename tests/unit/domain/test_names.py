"""Names and ids."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidArgument
from domain.names import check_name, distinct_name, hostname_for, is_id, made_up_name, new_id


@pytest.mark.parametrize("name", ["ab", "web-1", "A_b.c", "0x", "a" * 300])
def test_names_that_are_fit(name: str) -> None:
    assert check_name("container", name) == name


@pytest.mark.parametrize("name", ["", "a", "-ab", "_ab", ".ab", "a b", "a/b", "ä1", "ab\n", "a:b"])
def test_names_that_are_not(name: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        check_name("container", name)
    assert (raised.value.what, raised.value.value) == ("container name", name)


@pytest.mark.parametrize(
    ("name", "hostname"),
    [
        ("web", "web"),
        ("my_web", "my-web"),
        ("web_", "web"),
        ("a" * 70, "a" * 63),
        (f"{'a' * 62}-b", "a" * 62),
    ],
)
def test_hostnames(name: str, hostname: str) -> None:
    assert hostname_for(name) == hostname


LETTERS = string.ascii_letters + string.digits
NAMES = st.builds(str.__add__, st.sampled_from(LETTERS), st.text(f"{LETTERS}_.-", min_size=1))
HOSTNAME = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?")


@given(NAMES)
def test_every_name_gives_a_hostname(name: str) -> None:
    assert HOSTNAME.fullmatch(hostname_for(name))


def test_names_made_up_are_names_and_hostnames() -> None:
    for _ in range(200):
        name = distinct_name(made_up_name())
        assert check_name("container", name) == name == hostname_for(name)


def test_ids_are_new_and_known_as_ids() -> None:
    first, second = new_id(), new_id()
    assert first != second
    assert is_id(first)
    assert not is_id(first[:-1])
    assert not is_id(f"{first}\n")
    assert not is_id(first[:-1] + "G")
