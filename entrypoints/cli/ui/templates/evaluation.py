"""Nodes and data to text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from entrypoints.cli.ui.templates.expressions import Expressions
from entrypoints.cli.ui.templates.formatting import printed
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
from entrypoints.cli.ui.templates.parsing import parsed
from entrypoints.cli.ui.templates.values import (
    NO_VALUE,
    NOTHING,
    is_integer,
    is_true,
    sorted_items,
    type_name,
)
from entrypoints.cli.usage import UsageError

_MOST_STEPS = 1_000_000  # nodes and turns of loops, before a template is taken for one without end
_NO_TEXT = re.compile("[\ud800-\udfff]")


def render(template: str, data: Any) -> str:
    """The template filled with data of dictionaries, lists, strings, numbers and booleans.

    Raises UsageError for what is no template, or asks for what cannot be.
    """
    return compiled(template)(data)


def compiled(template: str) -> Callable[[Any], str]:
    """The template, ready to be filled; raises UsageError."""
    try:
        tree = parsed(_NO_TEXT.sub("\ufffd", template))
    except RecursionError:
        raise UsageError("template-too-deep", template) from None

    def filled(data: Any) -> str:
        try:
            return _Evaluation(tree, template).text(data)
        except RecursionError:
            raise UsageError("template-too-deep", template) from None

    return filled


class _Left(Exception):
    """A turn of a loop is left by a word, `break` or `continue`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class _Evaluation:
    """One filling of a template."""

    def __init__(self, tree: Template, template: str) -> None:
        self._tree = tree
        self._template = template
        self._written: list[str] = []
        self._expressions = Expressions()
        self._steps = 0

    def text(self, data: Any) -> str:
        """What is written for the data; bytes that are no text are shown as such."""
        self._expressions.push("$", data)
        self._walk(self._tree.body, data)
        return _NO_TEXT.sub("\ufffd", "".join(self._written))

    def _walk(self, body: Body, dot: Any) -> None:
        for node in body:
            self._step()
            self._WALKS[type(node)](self, node, dot)

    def _step(self) -> None:
        """Count what is done; raises UsageError when it is too much."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise UsageError("template-too-long", self._template)

    def _write_text(self, node: Text, dot: Any) -> None:  # noqa: ARG002 - as the others have it
        self._written.append(node.text)

    def _act(self, node: Action, dot: Any) -> None:
        value = self._expressions.pipe(node.pipe, dot)
        if not node.pipe.variables:
            self._written.append(NO_VALUE if value is None or value is NOTHING else printed(value))

    def _choose(self, node: Choice, dot: Any) -> None:
        known = self._expressions.mark()
        value = self._expressions.pipe(node.pipe, dot)
        if is_true(value):
            self._walk(node.body, value if node.moves_dot else dot)
        else:
            self._walk(node.otherwise, dot)
        self._expressions.forget(known)

    def _loop(self, node: Loop, dot: Any) -> None:
        known = self._expressions.mark()
        turns = _turns(self._expressions.pipe(node.pipe, dot), node.pipe)
        inside = self._expressions.mark()
        if not turns:
            self._walk(node.otherwise, dot)
        try:
            for key, value in turns:
                self._expressions.set_for_turn(node.pipe, key, value)
                self._turn(node.body, value)
                self._expressions.forget(inside)
        except _Left:
            pass
        self._expressions.forget(known)

    def _turn(self, body: Body, value: Any) -> None:
        """One turn of a loop; raises _Left if it is the last."""
        self._step()
        try:
            self._walk(body, value)
        except _Left as left:
            if left.word == "break":
                raise

    def _leave(self, node: Leave, dot: Any) -> None:  # noqa: ARG002 - as the others have it
        raise _Left(node.word)

    def _include(self, node: Inclusion, dot: Any) -> None:
        body = self._tree.defined.get(node.name)
        if body is None:
            raise UsageError("template-not-defined", node.name)
        value = self._expressions.pipe(node.pipe, dot) if node.pipe else None
        outer, self._expressions = self._expressions, Expressions()
        self._expressions.push("$", value)
        self._walk(body, value)
        self._expressions = outer

    _WALKS: ClassVar[dict[type[Node], Callable[[Any, Any, Any], None]]] = {
        Text: _write_text,
        Action: _act,
        Choice: _choose,
        Loop: _loop,
        Leave: _leave,
        Inclusion: _include,
    }


def _turns(value: Any, pipe: Pipe) -> Any:
    """What a loop goes over, in pairs of a key and a value; has a length."""
    if value is None or value is NOTHING:
        return ()
    if isinstance(value, Mapping):
        return sorted_items(value)
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    if is_integer(value) and len(pipe.variables) < 2:
        return _Numbers(max(value, 0))
    raise UsageError("template-range", type_name(value))


class _Numbers:
    """The pairs of a loop up to a number, made one by one."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __bool__(self) -> bool:
        return self._count > 0

    def __iter__(self) -> Any:
        return ((number, number) for number in range(self._count))
