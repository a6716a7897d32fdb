"""Each row was read off moby/patternmatcher's rules: pattern, path at the top or below, matched."""

from __future__ import annotations

import pytest

from adapters.buildkit.patterns import BadPattern, Matcher, clean, name_matcher


def matches(patterns: list[str], path: str) -> bool:
    matcher = Matcher(patterns)
    parts = path.split("/")
    matched, state = False, matcher.nothing
    for depth in range(1, len(parts) + 1):
        matched, state = matcher.match("/".join(parts[:depth]), state)
    return matched


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["a"], "a", True),
        (["a"], "a/b/c", True),
        (["a"], "b/a", False),
        (["a/"], "a", True),
        (["./a"], "a", True),
        (["*"], "a/b", True),
        (["*.go"], "x.go", True),
        (["*.go"], "d/x.go", False),
        (["**/*.go"], "d/e/x.go", True),
        (["**/*.go"], "x.go", True),
        (["**"], "a/b", True),
        (["a/**"], "a", False),
        (["a/**"], "a/b", True),
        (["a/**/b"], "a/b", True),
        (["a/**/b"], "a/x/y/b", True),
        (["a/**/b"], "ab", False),
        (["**/b"], "ab", False),
        (["**b"], "x/ab", True),
        (["a**"], "abc/d", True),
        (["a?c"], "abc", True),
        (["a?c"], "a/c", False),
        (["[a-c]x"], "bx", True),
        (["[^a-c]x"], "bx", False),
        (["[[]x"], "[x", True),
        (["\\*"], "*", True),
        (["\\*"], "a", False),
        (["a.b"], "axb", False),
        (["**/a.b"], "d/axb", False),
        (["a+(b)|{c}$"], "a+(b)|{c}$", True),
        (["*", "!keep"], "keep", False),
        (["*", "!keep"], "keep/inside", False),
        (["*", "!d/keep"], "d/keep", False),
        (["*", "!d/keep"], "d/other", True),
        (["d", "!d/x", "d/x/y"], "d/x/y", True),
        (["!a", "a"], "a", True),
        (["  a  ", ""], "a", True),
        (["é?"], "éü", True),
        (["x*"], "x\n", True),
        (["x"], "x\n", False),
        (["caf\udce9*"], "caf\udce9.txt", True),
    ],
)
def test_matching(patterns: list[str], path: str, expected: bool) -> None:
    assert matches(patterns, path) is expected


@pytest.mark.parametrize("pattern", ["!", "[", "[]", "a[", "[a-]", "x\\", "[^]"])
def test_bad_patterns(pattern: str) -> None:
    with pytest.raises(BadPattern):
        Matcher([pattern])


@pytest.mark.parametrize(
    ("path", "expected"), [("", "."), ("a//b/", "a/b"), ("//a", "/a"), ("./a/../b", "b"), ("../a", "../a")]
)
def test_clean(path: str, expected: str) -> None:
    assert clean(path) == expected


def test_names_have_no_double_star() -> None:
    assert name_matcher("**.go")("x.go")
    assert name_matcher("\\[x")("[x")
    assert not name_matcher("a[bc]")("ad")
