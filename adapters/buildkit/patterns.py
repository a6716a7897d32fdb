"""The patterns of .dockerignore files and COPY sources, as moby/patternmatcher reads them.

Paths and patterns are str with `/` between components; bytes that are not UTF-8 are surrogate escapes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_SPECIAL = frozenset("*[]?^\\")

Matched = tuple[bool, ...]
"""Which of a matcher's patterns matched a directory or one above it."""


class BadPattern(ValueError):
    """A pattern that cannot be read."""


@dataclass(frozen=True)
class Pattern:
    """A pattern; a `negated` pattern (`!pattern`) takes back what earlier patterns matched."""

    text: str
    negated: bool
    matches: Callable[[str], bool]

    @property
    def prefix(self) -> str:
        """The text without `/**` or `/*` at its end."""
        return self.text.removesuffix("/**").removesuffix("/*")

    @property
    def is_plain(self) -> bool:
        """Whether the prefix has no special characters, so that it is a path."""
        return _SPECIAL.isdisjoint(self.prefix)

    def reaches_into(self, directory: str) -> bool:
        """Return whether a plain pattern may match something inside the directory."""
        return f"{self.prefix}/".startswith(f"{directory}/")


class Matcher:
    """An ordered list of patterns; the last pattern that applies decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(_parse(text.strip()) for text in patterns if text.strip())
        self.nothing: Matched = (False,) * len(self.patterns)

    def match(self, path: str, parent: Matched) -> tuple[bool, Matched]:
        """Return whether the path matches, given its parent's result, and the result for what is inside it.

        At the top, `parent` is `nothing`.
        """
        matched = False
        results: list[bool] = []
        for pattern, inherited in zip(self.patterns, parent, strict=True):
            # A negated pattern matters only to what is matched so far, any other only to what is not.
            hit = inherited or (pattern.negated == matched and pattern.matches(path))
            results.append(hit)
            if hit:
                matched = not pattern.negated
        return matched, tuple(results)


def clean(path: str) -> str:
    """Return the shortest form of a path, as Go's path/filepath.Clean gives it."""
    normal = posixpath.normpath(path) if path else "."
    return normal[1:] if normal.startswith("//") else normal


def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Return a predicate on names for a component's pattern, as Go's path/filepath.Match reads it."""
    check(pattern)
    parts = [_NAME_TOKENS.get(token, "") or _quoted(token) for token in _tokens(pattern)]
    return _compiled("".join(parts), pattern)


_NAME_TOKENS = {"*": "[^/]*", "?": "[^/]"}


def _quoted(token: str) -> str:
    if token.startswith("["):
        return _character_class(token)
    return re.escape(token[1:] if token.startswith("\\") and len(token) > 1 else token)


_TOKEN = re.compile(r"\*\*/?|\\.|\[\^?(?:\\.|[^\]\\])(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_NAME_TOKEN = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_CLASS_ITEM = r"(?:\\.|[^\]\\-])"
_CHECKED = re.compile(rf"(?:\\.|\[\^?(?:{_CLASS_ITEM}(?:-{_CLASS_ITEM})?)+\]|[^\[\\])*\Z", re.DOTALL)


def _tokens(pattern: str) -> list[str]:
    return _NAME_TOKEN.findall(pattern)


def check(pattern: str) -> None:
    """Raise BadPattern for an escape without a character and a class that is empty or not closed."""
    if not _CHECKED.match(pattern):
        raise BadPattern(f"syntax error in pattern {pattern!r}")


def _parse(text: str) -> Pattern:
    text = clean(text)
    negated = text.startswith("!")
    if negated:
        text = text[1:]
    if negated and not text:
        raise BadPattern("illegal exclusion pattern: '!'")
    check(text)
    return Pattern(text, negated, _predicate(text))


def _predicate(text: str) -> Callable[[str], bool]:
    """Return the cheapest test that agrees with moby/patternmatcher, quirks included."""
    tokens = _TOKEN.findall(text)
    plain = [_SPECIAL.isdisjoint(token.replace("^", "")) for token in tokens]
    if all(plain):
        return text.__eq__
    if tokens[0].startswith("**") and all(plain[1:]):
        return _suffix(text[2:])
    if tokens[-1].startswith("**") and all(plain[:-1]):
        return _prefix(text[:-2])
    return _compiled("".join(map(_expression, tokens[:-1])) + _last(tokens[-1]), text)


def _suffix(ending: str) -> Callable[[str], bool]:
    alone = ending[1:] if ending.startswith("/") else None
    return lambda path: path.endswith(ending) or path == alone


def _prefix(beginning: str) -> Callable[[str], bool]:
    return lambda path: path.startswith(beginning)


def _expression(token: str) -> str:
    if token.startswith("**"):
        return "(?:.*/)?"
    if token.startswith("["):
        return _character_class(token)
    if token.startswith(("\\", "^")):  # as it stands: matched like that by moby's, too
        return token
    return _NAME_TOKENS.get(token, "") or re.escape(token)


def _last(token: str) -> str:
    return ".*" if token.startswith("**") else _expression(token)


def _character_class(token: str) -> str:
    """Return a class in which what only Python finds special is escaped."""
    negation = "^" if token.startswith("[^") else ""
    return f"[{negation}" + re.sub(r"(?<!\\)([\[&~|])", r"\\\1", token[1 + len(negation) : -1]) + "]"


def _compiled(expression: str, pattern: str) -> Callable[[str], bool]:
    try:
        compiled = re.compile(expression + r"\Z", re.ASCII)
    except re.error as error:
        raise BadPattern(f"syntax error in pattern {pattern!r}: {error}") from error
    return lambda path: compiled.match(path) is not None
