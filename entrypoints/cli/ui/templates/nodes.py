"""What a template is made of, once it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """What stands outside of actions."""

    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    """The value that `.` is."""


@dataclass(frozen=True, slots=True)
class Nil:
    """The constant nil."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, a number or a truth."""

    value: str | bool | int | float


@dataclass(frozen=True, slots=True)
class Field:
    """Fields of the dot: `.A.B`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, perhaps with fields: `$x.A`."""

    name: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """The name of a function."""

    name: str


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands, each of which gets the value of the one before; perhaps it declares or sets variables."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    sets: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Fields of what stands in parentheses, or of a function's value: `(index .A 0).B`."""

    operand: Pipe | Function
    names: tuple[str, ...]


Operand: TypeAlias = Dot | Nil | Constant | Field | Variable | Function | Pipe | Chain


@dataclass(frozen=True, slots=True)
class Command:
    """An operand, and the arguments behind it."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A pipe whose value is shown, unless it goes to a variable."""

    pipe: Pipe


@dataclass(frozen=True, slots=True)
class Choice:
    """`if`, or `with`, which makes the value the dot."""

    pipe: Pipe
    body: Body
    otherwise: Body
    moves_dot: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """`range`."""

    pipe: Pipe
    body: Body
    otherwise: Body


@dataclass(frozen=True, slots=True)
class Leave:
    """`break` or `continue`."""

    word: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`template` with a name, and the dot that it gets."""

    name: str
    pipe: Pipe | None


Node: TypeAlias = Text | Action | Choice | Loop | Leave | Inclusion
Body: TypeAlias = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A whole template, and those that are defined in it."""

    body: Body
    defined: dict[str, Body] = field(default_factory=dict)
