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
from entrypoints.cli.ui.templates.functions import FUNCTIONS
from entrypoints.cli.usage import UsageError

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
            ' | ( ) "a" `b` 1 "%d" "%s" x define template block break continue $ $x := = , nil true eq and or'
            " print slice truncate pad html js urlquery call -1 2.5 'a' /* */ {{end}} {{else}} {{range .List}}"
        ).split()
    ),
    max_size=14,
)
DIRECTIVES = st.text("%#0+- *.[]123vTtdboOxXcqUeEfFgGswp", max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=3), values, max_size=3),
    max_leaves=6,
)


@given(words=ACTIONS)
def test_templates(words: list[str]) -> None:
    with suppress(InvalidArgument, UsageError):
        render(" ".join(words), DATA)


@given(text=st.one_of(st.text(LETTERS + "{}$.", max_size=40), st.text(max_size=40)))
def test_texts_as_templates(text: str) -> None:
    for template in (text, f"{{{{{text}}}}}", f"{{{{{text}"):
        with suppress(UsageError):
            render(template, DATA)


@given(pattern=DIRECTIVES, values=st.lists(VALUES, max_size=3))
def test_printf(pattern: str, values: list[object]) -> None:
    render(
        "{{printf .Pattern .A .B .C}}",
        {"Pattern": pattern, **dict.fromkeys("ABC"), **dict(zip("ABC", values, strict=False))},
    )


@given(value=VALUES, other=VALUES, function=st.sampled_from(sorted(FUNCTIONS)))
def test_functions(value: object, other: object, function: str) -> None:
    for arguments in (".A", ".A .B", '.A "a"', ".A 1", ".A 0 1", '"a" .A', ""):
        with suppress(UsageError):
            render(f"{{{{{function} {arguments}}}}}", {"A": value, "B": other})


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
