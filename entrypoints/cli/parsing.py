"""How tokens become a call of a function: by cyclopts, whose table of a function's arguments is assembled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cyclopts import App, CycloptsError, Parameter
from cyclopts.argument import ArgumentCollection

from entrypoints.cli.options.groups import OTHER
from entrypoints.cli.usage import NotParsed

_PLAIN = Parameter(negative="", negative_iterable="", negative_none="", show_default=False, group=OTHER)
_assembled: dict[Callable[..., Any], ArgumentCollection] = {}


class _Parsed(App):
    """A function to be called, with the arguments that `arguments_of` has assembled."""

    def assemble_argument_collection(self, **_: Any) -> ArgumentCollection:
        """Give the arguments away to a parse, which fills them: the next one assembles its own."""
        function: Any = self.default_command
        arguments_of(function)
        return _assembled.pop(function)


def call_with(function: Callable[..., Any], tokens: list[str]) -> Any:
    """Call a function with the arguments that the tokens stand for. Raises NotParsed."""
    app = _made(_Parsed, function)
    try:
        return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        from entrypoints.cli.parse_errors import parse_error

        raise NotParsed(parse_error(error)) from error


def arguments_of(function: Callable[..., Any]) -> ArgumentCollection:
    """What may be typed for a function. Reading it from the signature takes some milliseconds, at the first time."""
    if function not in _assembled:
        _assembled[function] = _made(App, function).assemble_argument_collection()
    return _assembled[function]


def _made(kind: type[App], function: Callable[..., Any]) -> App:
    """Help and version are not cyclopts' own here."""
    return kind(default_command=function, default_parameter=_PLAIN, help_flags=[], version_flags=[])
