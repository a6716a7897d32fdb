"""Ending option parsing at the first positional, as docker's `run`, `create` and `exec` do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrypoints.cli.parsing import arguments_of


def options_with_values(function: Callable[..., Any]) -> frozenset[str]:
    """The options that take a value, asked of cyclopts' own table of arguments; there is no second one."""
    return frozenset(
        name
        for argument in arguments_of(function)
        for name in argument.names
        if name.startswith("-") and argument.token_count()[0] > 0
    )


def end_options_at_first_positional(taking: frozenset[str], tokens: list[str]) -> list[str]:
    """Put `--` before the first positional token, so that `run IMAGE sh -c x` keeps its `-c`.

    `taking` are the options with a value.
    """
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token == "--":  # noqa: S105 - an end of options, not a secret
            return tokens
        if not token.startswith("-") or token == "-":  # noqa: S105
            return [*tokens[:position], "--", *tokens[position:]]
        position += 2 if _awaits_value(token, taking) else 1
    return tokens


def _awaits_value(token: str, taking: frozenset[str]) -> bool:
    """Whether the value of this option is the next token (`-e`, `--env`, `-de`), not part of this one."""
    if token.startswith("--"):
        return token in taking
    for index, letter in enumerate(token[1:], start=1):
        if f"-{letter}" in taking:
            return index == len(token) - 1
    return False
