"""Tokens to nodes: text, actions and the blocks they make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from entrypoints.cli.ui.templates.cursor import Cursor
from entrypoints.cli.ui.templates.nodes import (
    Action,
    Body,
    Choice,
    Inclusion,
    Leave,
    Loop,
    Node,
    Pipe,
    Template,
    Text,
)
from entrypoints.cli.ui.templates.pipelines import Pipelines
from entrypoints.cli.ui.templates.quoting import unquoted


def parsed(template: str) -> Template:
    """The nodes of a template; raises UsageError, and RecursionError for one that is nested too deeply."""
    return _Parser(template).whole()


class _Parser:
    """Reads blocks; what stands in one action is read by `Pipelines`."""

    def __init__(self, template: str) -> None:
        self._cursor = Cursor(template)
        self._pipelines = Pipelines(self._cursor)
        self._defined: dict[str, Body] = {}
        self._loops = 0

    def whole(self) -> Template:
        nodes: list[Node] = []
        while self._cursor.peek().kind != "end":
            if self._take_definition():
                continue
            if node := self._node():
                nodes.append(node)
        return Template(tuple(nodes), self._defined)

    def _take_definition(self) -> bool:
        """Read `define` up to its end if it comes next, which it may only outside of all blocks."""
        place = self._cursor.place()
        if not (self._cursor.take("left") and self._cursor.take("keyword", "define")):
            self._cursor.return_to(place)
            return False
        name = self._name()
        self._cursor.expect_right()
        self._define(name)
        return True

    def _define(self, name: str) -> None:
        """Read the body of a template of its own, which knows no variables and no loop of this one."""
        outer, self._pipelines.variables = self._pipelines.variables, ["$"]
        loops, self._loops = self._loops, 0
        body, _ = self._body("end")
        self._pipelines.variables, self._loops = outer, loops
        if not _is_empty(body) or name not in self._defined:
            if not _is_empty(self._defined.get(name, ())):
                raise self._cursor.wrong("template-twice", name)
            self._defined[name] = body

    def _body(self, *ends: str) -> tuple[Body, str]:
        """Nodes up to one of these keywords, and the keyword; its action is read up to what may follow it."""
        nodes: list[Node] = []
        while self._cursor.peek().kind != "end":
            place = self._cursor.place()
            if self._cursor.take("left") and self._cursor.skip_spaces().text in ends:
                word = self._cursor.next().text
                if word == "end" or self._cursor.skip_spaces().text not in {"if", "with"}:
                    self._cursor.expect_right()
                return tuple(nodes), word
            self._cursor.return_to(place)
            if node := self._node():
                nodes.append(node)
        raise self._cursor.wrong("template-without-end")

    def _node(self) -> Node | None:
        """The node that comes next; None for text that is empty."""
        token = self._cursor.next()
        if token.kind == "text":
            return Text(token.text) if token.text else None
        if token.kind != "left":
            raise self._cursor.wrong("template-unexpected", token.text)
        if self._cursor.skip_spaces().kind == "keyword":
            return self._block(self._cursor.next().text)
        return Action(self._pipelines.pipe(""))

    def _block(self, word: str) -> Node:
        if word in {"if", "with"}:
            return self._choice(word)
        if word == "range":
            return self._loop()
        if word in {"break", "continue"}:
            return self._leave(word)
        if word in {"template", "block"}:
            return self._inclusion(word)
        raise self._cursor.wrong(
            "template-without-beginning" if word != "define" else "template-unexpected", word
        )

    @contextmanager
    def _scope(self) -> Iterator[None]:
        """What is declared within is forgotten afterwards."""
        known = len(self._pipelines.variables)
        yield
        del self._pipelines.variables[known:]

    def _choice(self, word: str) -> Choice:
        with self._scope():
            pipe = self._pipelines.pipe(word)
            body, end = self._body("end", "else")
            otherwise = self._otherwise(word) if end == "else" else ()
        return Choice(pipe, body, otherwise, moves_dot=word == "with")

    def _otherwise(self, word: str) -> Body:
        """What is behind `else`; `else if` is ended by the same `end`."""
        if word != "range" and self._cursor.take("keyword", word):
            return (self._choice(word),)
        return self._body("end")[0]

    def _loop(self) -> Loop:
        with self._scope():
            pipe = self._pipelines.pipe("range")
            self._loops += 1
            body, end = self._body("end", "else")
            self._loops -= 1
            otherwise = self._otherwise("range") if end == "else" else ()
        return Loop(pipe, body, otherwise)

    def _leave(self, word: str) -> Leave:
        self._cursor.expect_right()
        if not self._loops:
            raise self._cursor.wrong("template-outside-range", word)
        return Leave(word)

    def _inclusion(self, word: str) -> Inclusion:
        name = self._name()
        pipe: Pipe | None = None
        if word == "block" or not self._cursor.take("right"):
            pipe = self._pipelines.pipe(word)
        if word == "block":
            self._define(name)
        return Inclusion(name, pipe)

    def _name(self) -> str:
        """The name of a template, a string."""
        if self._cursor.skip_spaces().kind != "string":
            raise self._cursor.unexpected()
        literal = self._cursor.next().text
        try:
            return unquoted(literal)
        except ValueError:
            raise self._cursor.wrong("template-constant", literal) from None


def _is_empty(body: Body) -> bool:
    return all(isinstance(node, Text) and not node.text.strip() for node in body)
