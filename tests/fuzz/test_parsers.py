"""Whatever is typed is read, or refused in one way: with InvalidArgument."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import confinement, volume
from domain.capabilities import capability
from domain.confinement import Device, Ulimit
from domain.errors import InvalidArgument
from domain.gate import Unmarked
from domain.image import ImageReference
from domain.network import parse_publish
from domain.quantities import duration, memory_size
from domain.spec import RestartPolicy
from domain.streams import DetachScanner, parse_detach_keys
from entrypoints.cli.ui.templates import render

PARSERS: tuple[Callable[[str], object], ...] = (
    Device.parse,
    Ulimit.parse,
    capability,
    confinement.parse_extra_host,
    confinement.parse_sysctl,
    confinement.check_cgroup_parent,
    lambda text: confinement.parse_namespace("network", text),
    lambda text: confinement.parse_security_options((text,)),
    lambda text: confinement.parse_dns((text,), (), ()),
    volume.parse_volume_flag,
    volume.parse_tmpfs_flag,
    volume.parse_mount_flag,
    ImageReference.parse,
    parse_publish,
    RestartPolicy.parse,
    parse_detach_keys,
    lambda text: duration("duration", text),
    lambda text: memory_size("size", text),
)
LETTERS = 'abz019/:,=.-_[]@{}()|"` \\%\n\0é'
DATA = {"Name": "web", "Labels": {"a": "b"}, "List": [1, 2], "Empty": None}


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.one_of(st.text(LETTERS, max_size=40), st.text(max_size=40)))
def test_flags(parse: Callable[[str], object], text: str) -> None:
    with suppress(InvalidArgument):
        parse(text)


ACTIONS = st.lists(
    st.sampled_from(
        (
            "{{ }} {{- -}} . .Name .Labels .List if range with else end index json join split printf len"
            ' | ( ) "a" `b` 1 "%d" "%s" x'
        ).split()
    ),
    max_size=12,
)


@given(words=ACTIONS)
def test_templates(words: list[str]) -> None:
    with suppress(InvalidArgument):
        render(" ".join(words), DATA)


@given(
    nuls=st.integers(1, 50),
    body=st.binary(max_size=60),
    sizes=st.lists(st.integers(1, 9), min_size=1),
    crlf=st.booleans(),
)
def test_the_gates_marks(*, nuls: int, body: bytes, sizes: list[int], crlf: bool) -> None:
    left = b"\0" * nuls + b"k3c gate open" + (b"\r\n" if crlf else b"\n") + body
    marks, found = Unmarked(), b""
    while left:
        for size in sizes:
            found += marks.feed(left[:size])
            left = left[size:]
    assert found == body


@given(typed=st.lists(st.binary(max_size=5), max_size=10), keys=st.binary(min_size=1, max_size=3))
def test_detach_keys(typed: list[bytes], keys: bytes) -> None:
    scanner, passed, pressed = DetachScanner(keys), b"", False
    for piece in typed:
        data, pressed = scanner.feed(piece)
        passed += data
        if pressed:
            break
    whole = b"".join(typed)
    assert pressed or whole.startswith(passed)
    if not pressed:
        assert len(whole) - len(passed) < len(keys)
