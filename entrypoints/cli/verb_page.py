"""What the help page of a verb says: its docstring, and its parameters as cyclopts reads them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast, get_args, get_origin

from cyclopts import Group
from cyclopts.argument import Argument

from entrypoints.cli.options.groups import ORDERED
from entrypoints.cli.parsing import arguments_of
from entrypoints.cli.ui.help_page import Section


def description(function: Callable[..., Any]) -> str:
    """The docstring, its first line without the full stop, as that line stands in lists."""
    first, *rest = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join((first.removesuffix("."), *rest))


def sections(function: Callable[..., Any]) -> list[Section]:
    """The arguments, then the options in their groups."""
    shown = shown_arguments(function)
    positional = [one for one in shown if one.index is not None]
    options = [one for one in shown if one.index is None]
    return [
        Section("Arguments", [(_label(one), _text(one)) for one in positional]),
        *(Section(group.name, _rows(one for one in options if group_of(one) is group)) for group in ORDERED),
    ]


def shown_arguments(function: Callable[..., Any]) -> list[Argument]:
    """What may be typed behind a verb and is told."""
    return [argument for argument in arguments_of(function) if argument.show]


def group_of(option: Argument) -> Group:
    """The group that an option stands in."""
    (group,) = cast("tuple[Group, ...]", option.parameter.group)  # what cyclopts makes of each of its forms
    return group


def _rows(options: Iterable[Argument]) -> list[tuple[str, str]]:
    """By their long names, as docker sorts them."""
    ordered = sorted(options, key=lambda option: _long(option)[0])
    return [(_label(option), _text(option)) for option in ordered]


def _long(option: Argument) -> list[str]:
    return [name for name in option.names if name.startswith("--")]


def _label(argument: Argument) -> str:
    """`-e, --env list`, or the name of a positional argument."""
    if argument.index is not None:
        return argument.parameter.metavar or argument.name.upper()
    short = next((f"{name}, " for name in argument.names if not name.startswith("--")), "    ")
    return f"{short}{', '.join(_long(argument))} {_value_name(argument)}".rstrip()


def _value_name(option: Argument) -> str:
    if not option.token_count()[0]:
        return ""
    if option.parameter.metavar:
        return option.parameter.metavar
    if get_origin(option.hint) is tuple:
        return "list"
    types = get_args(option.hint) or (option.hint,)
    return "int" if int in types else "file" if Path in types else "string"


def _text(argument: Argument) -> str:
    """The help text, with the choices, the default and the environment variable."""
    choices = "|".join(filter(None, argument.get_choices() or ()))
    environment = " ".join(f"${name}" for name in argument.parameter.env_var or ())
    parts = (
        argument.parameter.help or "",
        f"({choices})" if choices else "",
        _default(argument),
        f"[{environment}]" if environment else "",
    )
    return " ".join(filter(None, parts))


def _default(argument: Argument) -> str:
    default = argument.field_info.default
    if not default or default is inspect.Parameter.empty:
        return ""
    return f"(default {str(default).lower() if default is True else default})"
