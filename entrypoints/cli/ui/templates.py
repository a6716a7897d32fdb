"""The part of Go's text/template that people use with `--format`.

Actions: fields (`.State.Status`, `.`), `range`, `if`, `else`, `else if`, `end`, `with`, pipes, parentheses,
strings and numbers, and the functions of `_FUNCTIONS`. `{{-` and `-}}` trim. What is not in the data is
`<no value>`, as in Go. The language is described at https://pkg.go.dev/text/template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from entrypoints.cli.usage import UsageError, UsageProblem

_NO_VALUE = "<no value>"
_ACTION = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:\\.|[^"\\])*"|`[^`]*`)
    |(?P<number>-?\d+)
    |(?P<field>\.[A-Za-z_][A-Za-z0-9_]*|\.)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<mark>[|()])
    )""",
    re.VERBOSE,
)
Node = Callable[[Any], str]
Value = Callable[[Any], Any]


def render(template: str, data: Any) -> str:
    """The template filled with data of dictionaries, lists, strings, numbers and booleans.

    Raises UsageError for what is no template, or asks for what cannot be.
    """
    return compiled(template)(data)


def compiled(template: str) -> Node:
    """The template, ready to be filled; raises UsageError."""
    # On a command line \n and \t come as two characters; docker reads them in tables, we everywhere.
    text = template.replace(r"\t", "\t").replace(r"\n", "\n")
    pieces = list(_pieces(text))
    if any("{{" in text for text, is_action in pieces if not is_action):
        raise UsageError("template-unclosed", template)
    return _Parser(template, pieces).whole()


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Text and actions in turn; actions are marked."""
    position, trim = 0, False
    for action in _ACTION.finditer(text):
        before = text[position : action.start()]
        before = before.lstrip() if trim else before
        yield (before.rstrip() if action[1] else before), False
        yield action[2].strip(), True
        position, trim = action.end(), bool(action[3])
    yield (text[position:].lstrip() if trim else text[position:]), False


class _Parser:
    """Reads pieces into one function."""

    def __init__(self, template: str, pieces: list[tuple[str, bool]]) -> None:
        self._template = template
        self._pieces = pieces
        self._at = 0

    def whole(self) -> Node:
        node, end = self._until(())
        assert not end
        return node

    def _until(self, ends: tuple[str, ...]) -> tuple[Node, str]:
        """Everything up to an action that begins with one of these words; that action too."""
        nodes: list[Node] = []
        while self._at < len(self._pieces):
            text, is_action = self._pieces[self._at]
            self._at += 1
            if not is_action:
                nodes.append(_constant(text))
                continue
            word, _, rest = text.partition(" ")
            if word in {"end", "else"}:
                if word not in ends:
                    raise self._wrong("template-without-beginning", word)
                return _joined(nodes), text
            if word in {"if", "range", "with"}:
                nodes.append(self._block(word, rest))
            elif not text.startswith("/*"):
                nodes.append(_shown(self._value(text)))
        if ends:
            raise self._wrong("template-without-end")
        return _joined(nodes), ""

    def _block(self, word: str, condition: str) -> Node:
        value = self._value(condition)
        body, end = self._until(("end", "else"))
        otherwise = _constant("")
        if end.startswith("else if "):
            otherwise = self._block("if", end.removeprefix("else if "))
        elif end.startswith("else"):
            otherwise, _ = self._until(("end",))
        return {"if": _if, "range": _range, "with": _with}[word](value, body, otherwise)

    def _value(self, text: str) -> Value:
        tokens = _Tokens(text, self._wrong)
        value = self._pipe(tokens)
        if tokens.peek():
            raise self._wrong("template-unexpected", tokens.peek())
        return value

    def _pipe(self, tokens: _Tokens) -> Value:
        value = self._command(tokens, None)
        while tokens.take("|"):
            value = self._command(tokens, value)
        return value

    def _command(self, tokens: _Tokens, piped: Value | None) -> Value:
        function = tokens.next_word()
        arguments: list[Value] = []
        while tokens.peek() not in {"", "|", ")"}:
            arguments.append(self._operand(tokens))
        if piped is not None:
            arguments.append(piped)
        if not function:
            if len(arguments) == 2:  # a method of docker's rows: .Label "name"
                return _called("field", _index, arguments)
            if len(arguments) != 1:
                raise self._wrong("template-arguments")
            return arguments[0]
        known = _FUNCTIONS.get(function)
        if known is None:
            raise self._wrong("template-function", function)
        return _called(function, known, arguments)

    def _operand(self, tokens: _Tokens) -> Value:
        if tokens.take("("):
            value = self._pipe(tokens)
            if not tokens.take(")"):
                raise self._wrong("template-incomplete")
            return _fielded(value, tokens.fields())
        kind, text = tokens.next()
        if kind == "field":
            names = [] if text == "." else [text[1:]]
            return _fielded(lambda data: data, names + tokens.fields())
        if kind == "string":
            constant: Any = text[1:-1] if text[0] == "`" else json.loads(text)
        elif kind == "number":
            constant = int(text)
        elif text in {"true", "false", "nil"}:
            constant = {"true": True, "false": False, "nil": None}[text]
        else:
            constant_function = _FUNCTIONS.get(text)
            if constant_function is None:
                raise self._wrong("template-unexpected", text)
            return _called(text, constant_function, [])
        return lambda _: constant

    def _wrong(self, problem: UsageProblem, detail: str = "") -> UsageError:
        return UsageError(problem, self._template, detail)


class _Tokens:
    """The tokens of one action."""

    def __init__(self, text: str, wrong: Callable[..., UsageError]) -> None:
        self._wrong = wrong
        self._tokens: list[tuple[str, str, bool]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise wrong("template-unexpected", text[position:])
            spaced = found.start(str(found.lastgroup)) > position
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)], spaced))
            position = found.end()

    def peek(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def take(self, mark: str) -> bool:
        if self._tokens and self._tokens[0][:2] == ("mark", mark):
            self._tokens.pop(0)
            return True
        return False

    def next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._wrong("template-incomplete")
        return self._tokens.pop(0)[:2]

    def next_word(self) -> str:
        """The function that a command begins with, "" if it begins with a value."""
        if (
            self._tokens
            and self._tokens[0][0] == "word"
            and self._tokens[0][1] not in {"true", "false", "nil"}
        ):
            return self._tokens.pop(0)[1]
        if not self._tokens:
            raise self._wrong("template-incomplete")
        return ""

    def fields(self) -> list[str]:
        """Field names that follow without a space: `.A.B`."""
        names = []
        while self._tokens and self._tokens[0][0] == "field" and not self._tokens[0][2]:
            names.append(self._tokens.pop(0)[1][1:])
        return names


def _constant(text: str) -> Node:
    return lambda _: text


def _joined(nodes: list[Node]) -> Node:
    return lambda data: "".join(node(data) for node in nodes)


def _shown(value: Value) -> Node:
    return lambda data: _text(value(data))


def _if(value: Value, body: Node, otherwise: Node) -> Node:
    return lambda data: body(data) if value(data) else otherwise(data)


def _with(value: Value, body: Node, otherwise: Node) -> Node:
    return lambda data: body(found) if (found := value(data)) else otherwise(data)


def _range(value: Value, body: Node, otherwise: Node) -> Node:
    def ranged(data: Any) -> str:
        found = value(data) or ()
        if not isinstance(found, Mapping | list | tuple):
            raise UsageError("template-range", _text(found))
        items = [found[key] for key in sorted(found)] if isinstance(found, Mapping) else list(found)
        return "".join(map(body, items)) if items else otherwise(data)

    return ranged


def _fielded(value: Value, names: list[str]) -> Value:
    def looked_up(data: Any) -> Any:
        found = value(data)
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    return looked_up


def _called(name: str, function: Callable[..., Any], arguments: list[Value]) -> Value:
    def call(data: Any) -> Any:
        try:
            return function(*(argument(data) for argument in arguments))
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            raise UsageError("template-call", name, str(error)) from error

    return call


def _text(value: Any) -> str:
    """As Go prints it."""
    if value is None:
        return _NO_VALUE
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{_text(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(_text, value))}]"
    return str(value)


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, str):  # a heading
            return value
        value = value.get(key) if isinstance(value, Mapping) else value[key]
    return value


def _printf(pattern: str, *values: Any) -> str:
    """Go's verbs in Python's: %v and %q have none, %t is a truth."""
    left = list(values)

    def verb(found: re.Match[str]) -> str:
        flags, kind = found[1], found[2]
        if kind == "%":
            return "%"
        value = left.pop(0)
        if kind == "q":
            value = json.dumps(_text(value), ensure_ascii=False)
        elif kind in "vts":
            value = _text(value)
        return str(f"%{flags}{'s' if kind in 'vtsq' else kind}" % value)

    return re.sub(r"%([-+0 #]*\d*(?:\.\d+)?)([a-zA-Z%])", verb, pattern)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "json": _json,
    "join": lambda values, separator: separator.join(map(_text, values)),
    "lower": lambda text: _text(text).lower(),
    "upper": lambda text: _text(text).upper(),
    "title": lambda text: _text(text).title(),
    "split": lambda text, separator: text.split(separator),
    "truncate": lambda text, length: _text(text)[:length],
    "index": _index,
    "len": len,
    "print": lambda *values: "".join(map(_text, values)),
    "println": lambda *values: " ".join(map(_text, values)) + "\n",
    "printf": _printf,
    "eq": lambda first, *others: first in others,
    "ne": lambda first, second: first != second,
    "lt": lambda first, second: first < second,
    "le": lambda first, second: first <= second,
    "gt": lambda first, second: first > second,
    "ge": lambda first, second: first >= second,
    "not": lambda value: not value,
    "and": lambda *values: next((value for value in values if not value), values[-1]),
    "or": lambda *values: next((value for value in values if value), values[-1]),
}
