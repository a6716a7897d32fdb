"""`k3c help`, `--help`, and what the pages are made of: the table of verbs, docstrings and parameters."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, cast, get_args, get_origin

from cyclopts import App, Group, Parameter
from cyclopts.argument import Argument

from entrypoints.cli.options.before import PLAIN, read_globals
from entrypoints.cli.options.groups import ORDERED
from entrypoints.cli.ui.help_page import Section, help_page
from entrypoints.cli.verbs import GROUPS, VOLUME_VERBS, find

ABOUT = "Docker's classic verbs on containerd and BuildKit, for people who develop for Kubernetes"
_FOOTER = "Run `k3c COMMAND --help` for the options of a command."
_VOLUME_FOOTER = "Run `k3c volume COMMAND --help` for the options of a command."
_ALWAYS = (("-h, --help", "Show this help"), ("-v, --version", "Show the version of this command"))


def help_(*command: Annotated[str, Parameter(help="Command to show the help of")]) -> int:
    """Show the help of a command.

    Without a command, list them all.
    """
    show_help(list(command))
    return 0


def show_help(words: list[str]) -> None:
    """Print the help of the verb that the words begin with, of k3c for none; raises UnknownVerb."""
    width = shutil.get_terminal_size().columns
    print(help_text(words, width), end="")  # noqa: T201 - the answer


def help_text(words: list[str], width: int) -> str:
    """The help of the verb that the words begin with, of k3c for none; raises UnknownVerb.

    Only the module of that verb is loaded; a list of verbs needs none.
    """
    found = find(words)
    if found is None:
        return _overview(width)
    path, verb = found
    usage = " ".join(filter(None, ("k3c", *path, verb.usage)))
    if not verb.target:
        rows = [(below.name, below.summary) for below in VOLUME_VERBS]
        return help_page(usage, verb.summary, [Section("Commands", rows)], _VOLUME_FOOTER, width)
    function = verb.function()
    return help_page(usage, _description(function), _sections(function), "", width)


def _overview(width: int) -> str:
    verbs = [Section(title, [(verb.name, verb.summary) for verb in group]) for title, group in GROUPS.items()]
    options = [row for section in _sections(read_globals) for row in section.rows]
    return help_page(
        "k3c [OPTIONS] COMMAND", ABOUT, [*verbs, Section("Options", [*options, *_ALWAYS])], _FOOTER, width
    )


def _description(function: Callable[..., Any]) -> str:
    """The docstring, its first line without the full stop, as that line stands in lists."""
    first, *rest = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join((first.removesuffix("."), *rest))


def _sections(function: Callable[..., Any]) -> list[Section]:
    """The arguments, then the options in their groups."""
    shown = arguments_of(function)
    positional = [one for one in shown if one.index is not None]
    options = [one for one in shown if one.index is None]
    return [
        Section("Arguments", [(_label(one), _text(one)) for one in positional]),
        *(Section(group.name, _rows(one for one in options if group_of(one) is group)) for group in ORDERED),
    ]


@cache
def arguments_of(function: Callable[..., Any]) -> list[Argument]:
    """What a user can type behind a verb, as cyclopts reads it from the signature, which takes some milliseconds."""
    collection = App(default_command=function, default_parameter=PLAIN).assemble_argument_collection()
    return [argument for argument in collection if argument.show]


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
