"""Pipes, commands and operands to values, with the variables that are known at a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from entrypoints.cli.ui.open_map import KeyedMethod
from entrypoints.cli.ui.templates.functions import FUNCTIONS
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
from entrypoints.cli.ui.templates.signatures import checked, of_kind
from entrypoints.cli.ui.templates.values import NOTHING, field_of, is_true, type_name
from entrypoints.cli.usage import UsageError

_NO_VALUES: tuple[Any, ...] = ()


class Expressions:
    """Evaluates in a scope of variables; raises UsageError for what cannot be."""

    def __init__(self) -> None:
        self._variables: list[tuple[str, Any]] = []

    def push(self, name: str, value: Any) -> None:
        """Declare a variable."""
        self._variables.append((name, value))

    def mark(self) -> int:
        """How many variables are known."""
        return len(self._variables)

    def forget(self, known: int) -> None:
        """Forget the variables that were declared since there were so many."""
        del self._variables[known:]

    def set_for_turn(self, pipe: Pipe, key: Any, value: Any) -> None:
        """Give the variables of a loop what belongs to one turn: the value, or the key and the value."""
        for name, given in zip(reversed(pipe.variables), (value, key), strict=False):
            self._set(name, given)

    def _set(self, name: str, value: Any) -> None:
        for at in range(len(self._variables) - 1, -1, -1):
            if self._variables[at][0] == name:
                self._variables[at] = (name, value)
                return
        raise UsageError("template-unset", name)

    def pipe(self, pipe: Pipe, dot: Any) -> Any:
        """The value of a pipe, which its variables get too."""
        piped = _NO_VALUES
        for command in pipe.commands:
            piped = (self._command(command, dot, piped),)
        for name in pipe.variables:
            if pipe.sets:
                self._set(name, piped[0])
            else:
                self.push(name, piped[0])
        return piped[0]

    def _command(self, command: Command, dot: Any, piped: tuple[Any, ...]) -> Any:
        first, *others = command.operands
        if isinstance(first, Function):
            return self._call(first, others, dot, piped)
        if not others and not piped:
            if isinstance(first, Nil):
                raise UsageError("template-nil-command")
            return self._operand(first, dot)
        if not isinstance(first, Field | Variable | Chain) or not first.names:
            raise UsageError("template-arguments", _shown(first))
        arguments = [*(self._argument(other, dot) for other in others), *piped]
        return _fields(self._owner(first, dot), first.names, arguments)

    def _argument(self, operand: Operand, dot: Any) -> Any:
        value = self._operand(operand, dot)
        return None if value is NOTHING else value

    def _call(self, function: Function, operands: list[Operand], dot: Any, piped: tuple[Any, ...]) -> Any:
        name, called = function.name, FUNCTIONS[function.name]
        called.check_count(name, len(operands) + len(piped))
        if called.stops_at is not None:
            return self._short_circuit(operands, dot, piped, stops_at=called.stops_at)
        values = []
        for at, operand in enumerate(operands):
            value = self._argument(operand, dot)
            values.append(of_kind(name, called.kind(at), operand, value))
        for value in piped:
            given = None if value is NOTHING else value
            values.append(checked(name, called.kind(len(values)), given))
        return called.run(*values)

    def _short_circuit(
        self, operands: list[Operand], dot: Any, piped: tuple[Any, ...], *, stops_at: bool
    ) -> Any:
        """The first value that decides `and` or `or`, or the last; what comes after is not evaluated."""
        value: Any = None
        for operand in operands:
            value = self._argument(operand, dot)
            if is_true(value) is stops_at:
                return value
        return piped[0] if piped else value

    def _operand(self, operand: Operand, dot: Any) -> Any:
        return self._VALUES[type(operand)](self, operand, dot)

    def _dot(self, operand: Dot, dot: Any) -> Any:  # noqa: ARG002 - as the others have it
        return dot

    def _nil(self, operand: Nil, dot: Any) -> Any:  # noqa: ARG002
        return None

    def _constant(self, operand: Constant, dot: Any) -> Any:  # noqa: ARG002
        return operand.value

    def _function(self, operand: Function, dot: Any) -> Any:
        return self._call(operand, [], dot, _NO_VALUES)

    def _fielded(self, operand: Field | Variable | Chain, dot: Any) -> Any:
        return _fields(self._owner(operand, dot), operand.names, [])

    def _owner(self, operand: Field | Variable | Chain, dot: Any) -> Any:
        """What the fields of an operand are asked of."""
        if isinstance(operand, Field):
            return dot
        if isinstance(operand, Chain):
            return self._operand(operand.operand, dot)
        return next(value for name, value in reversed(self._variables) if name == operand.name)

    _VALUES: ClassVar[dict[type[Operand], Callable[[Any, Any, Any], Any]]] = {
        Dot: _dot,
        Nil: _nil,
        Constant: _constant,
        Function: _function,
        Pipe: pipe,
        Field: _fielded,
        Variable: _fielded,
        Chain: _fielded,
    }


def _shown(operand: Operand) -> str:
    """An operand for an error."""
    if isinstance(operand, Constant):
        return repr(operand.value) if isinstance(operand.value, str) else str(operand.value).lower()
    return operand.name if isinstance(operand, Variable) else {Dot: ".", Nil: "nil"}.get(type(operand), "(…)")


def _fields(owner: Any, names: tuple[str, ...], arguments: list[Any]) -> Any:
    """What is found going from name to name; the last may be a method that gets the arguments."""
    value = owner
    for name in names:
        value = _field(value, name)
    if not arguments:
        return value
    if not isinstance(value, KeyedMethod):
        raise UsageError("template-arguments", f".{names[-1]}")
    if len(arguments) != 1:
        raise UsageError("template-argument-count", f".{names[-1]}", str(len(arguments)))
    return value.of(checked(f".{names[-1]}", "string", arguments[0]))


def _field(owner: Any, name: str) -> Any:
    if owner is NOTHING:
        return NOTHING
    if owner is None:
        raise UsageError("template-nil-field", f".{name}")
    if not isinstance(owner, Mapping):
        raise UsageError("template-field-type", f".{name}", type_name(owner))
    try:
        return field_of(owner, name)
    except KeyError:
        raise UsageError("template-no-field", f".{name}") from None
