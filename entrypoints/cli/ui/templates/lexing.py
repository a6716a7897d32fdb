"""Text to tokens: what stands outside of actions, and the words of each action."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from entrypoints.cli.usage import UsageError

KEYWORDS = {
    *("block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"),
}
_SPACES = " \t\r\n"
_COMMENT_END = re.compile(r"\*/(?P<trim>[ \t\r\n]-)?\}\}")
_RIGHT = re.compile(r"[ \t\r\n]*(?:[ \t\r\n](?P<trim>-)|)\}\}")
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
    |(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)
    |(?P<char>'(?:\\.|[^'\\\n])*')
    |(?P<number>[+-]?\.?[0-9](?:[eEpP][+-]|[\w.])*)
    |(?P<field>\.\w+)
    |(?P<variable>\$\w*)
    |(?P<word>\w+)
    |(?P<mark>:=|[=|(),.])
    """,
    re.VERBOSE,
)
_ENDED = re.compile(r"[ \t\r\n.,|:()]|\}\}")  # what may follow a name


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template; `kind` is text, left, right, or the name of a group of `_TOKEN`, or keyword."""

    kind: str
    text: str


def tokens(template: str) -> Iterator[Token]:
    """The tokens of a template; raises UsageError."""
    at, trims = 0, False
    while (left := template.find("{{", at)) >= 0:
        trims_before = template[left + 2 : left + 3] == "-" and template[left + 3 : left + 4] in {*_SPACES}
        yield _text(template[at:left], left=trims, right=trims_before)
        inside = left + (4 if trims_before else 2)
        if template.startswith("/*", inside):
            at, trims = _comment_end(template, inside)
            continue
        yield Token("left", "{{")
        for token, end in _inside(template, inside):
            yield token
            at = end
        trims = token.text == "-}}"
    yield _text(template[at:], left=trims, right=False)


def _text(text: str, *, left: bool, right: bool) -> Token:
    """Text without the spaces that the actions beside it trim."""
    # On a command line \n and \t come as two characters; docker reads them in tables, we everywhere.
    text = text.replace(r"\t", "\t").replace(r"\n", "\n")
    text = text.lstrip(_SPACES) if left else text
    return Token("text", text.rstrip(_SPACES) if right else text)


def _comment_end(template: str, at: int) -> tuple[int, bool]:
    """Where a comment's action ends, and whether it trims."""
    close = template.find("*/", at + 2)
    found = _COMMENT_END.match(template, close) if close >= 0 else None
    if found is None:
        raise UsageError("template-comment", template)
    return found.end(), bool(found["trim"])


def _inside(template: str, at: int) -> Iterator[tuple[Token, int]]:
    """The tokens of an action, the last of which is right; each with its end."""
    while (right := _RIGHT.match(template, at)) is None:
        found = _TOKEN.match(template, at)
        if found is None:
            raise _unreadable(template, at)
        at = found.end()
        kind, text = str(found.lastgroup), found[0]
        if kind in {"field", "variable", "word"} and not _ENDED.match(template, at):
            raise _unreadable(template, at)
        yield Token("keyword" if text in KEYWORDS else kind, text), at
    yield Token("right", "-}}" if right["trim"] else "}}"), right.end()


def _unreadable(template: str, at: int) -> UsageError:
    if at >= len(template):
        return UsageError("template-unclosed", template)
    if template[at] in "\"'`":
        return UsageError("template-quote", template, template[at])
    return UsageError("template-unexpected", template, template[at])
