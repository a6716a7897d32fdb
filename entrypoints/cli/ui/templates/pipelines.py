"""Tokens to pipes: what stands in one action."""

from __future__ import annotations

from collections.abc import Callable

from entrypoints.cli.ui.templates.cursor import Cursor
from entrypoints.cli.ui.templates.functions import FUNCTIONS
from entrypoints.cli.ui.templates.lexing import Token
from entrypoints.cli.ui.templates.nodes import (
    Chain,
    Command,
    Constant,
    Dot,
    Field,
    Function,
    Nil,
    Operand,
    Pipe,
    Variable,
)
from entrypoints.cli.ui.templates.quoting import number, rune, unquoted

_WORDS: dict[str, Operand] = {"true": Constant(value=True), "false": Constant(value=False), "nil": Nil()}

_READS: dict[str, Callable[[str], str | int | float]] = {"string": unquoted, "char": rune, "number": number}


class Pipelines:
    """Reads pipes at a cursor; `variables` are those that can be used at this place."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.variables = ["$"]

    def pipe(self, context: str, end: tuple[str, ...] = ("right",)) -> Pipe:
        """A whole pipe, and the token that ends it; `context` is the keyword before it, "" for an action."""
        names, sets = self._declared(context)
        commands: list[Command] = []
        while not self._cursor.take(*end):
            commands.append(self._command(stage=len(commands)))
            if not self._cursor.take("mark", "|") and not self._cursor.at(*end):
                raise self._cursor.unexpected()
        if not commands:
            raise self._cursor.wrong("template-incomplete")
        return Pipe(tuple(commands), tuple(names), sets)

    def _declared(self, context: str) -> tuple[list[str], bool]:
        """The variables that a pipe begins with, and whether they were declared before."""
        names: list[str] = []
        while self._cursor.skip_spaces().kind == "variable":
            place = self._cursor.place()
            name = self._cursor.next().text
            if self._cursor.take("mark", ":=", "="):
                self._cursor.return_to(self._cursor.place() - 1)
                sets = self._cursor.next().text == "="
                self.variables.append(name)
                return [*names, name], sets
            if not self._cursor.take("mark", ","):
                self._cursor.return_to(place)
                break
            if context != "range" or names:
                raise self._cursor.wrong("template-declarations")
            self.variables.append(name)
            names.append(name)
        if names and self._cursor.peek().kind not in {"variable", "right"}:
            raise self._cursor.wrong("template-declarations")
        return names, False

    def _command(self, stage: int) -> Command:
        operands: list[Operand] = []
        while operand := self._operand():
            operands.append(operand)
            if self._cursor.peek().kind != "space":
                break
        if not operands:
            raise self._cursor.unexpected()
        if stage and isinstance(operands[0], Constant | Dot | Nil):
            raise self._cursor.wrong("template-not-executable")
        return Command(tuple(operands))

    def _operand(self) -> Operand | None:
        term = self._term(self._cursor.skip_spaces())
        if term is None:
            return None
        names = self._names()
        if not names:
            return term
        if isinstance(term, Field):
            return Field((*term.names, *names))
        if isinstance(term, Variable):
            return Variable(term.name, (*term.names, *names))
        if isinstance(term, Pipe | Function):
            return Chain(term, names)
        raise self._cursor.wrong("template-unexpected", f".{names[0]}")

    def _names(self) -> tuple[str, ...]:
        """The fields that follow without a space."""
        names = []
        while self._cursor.peek().kind == "field":
            names.append(self._cursor.next().text[1:])
        return tuple(names)

    def _term(self, token: Token) -> Operand | None:
        """The operand at a token, without the fields behind it; None if none begins here."""
        if token.kind == "mark":
            return self._marked(token)
        if token.kind not in {"word", "field", "variable", "string", "char", "number"}:
            return None
        self._cursor.next()
        if token.kind == "word":
            return self._word(token.text)
        if token.kind == "field":
            return Field((token.text[1:],))
        if token.kind == "variable":
            return self._variable(token.text)
        return self._constant(token)

    def _marked(self, token: Token) -> Operand | None:
        if token.text not in {".", "("}:
            return None
        self._cursor.next()
        return Dot() if token.text == "." else self.pipe("", ("mark", ")"))

    def _word(self, text: str) -> Operand:
        if text in _WORDS:
            return _WORDS[text]
        if text not in FUNCTIONS:
            raise self._cursor.wrong("template-function", text)
        return Function(text)

    def _variable(self, name: str) -> Operand:
        if name not in self.variables:
            raise self._cursor.wrong("template-variable", name)
        return Variable(name)

    def _constant(self, token: Token) -> Operand:
        try:
            return Constant(_READS[token.kind](token.text))
        except ValueError:
            raise self._cursor.wrong("template-constant", token.text) from None
