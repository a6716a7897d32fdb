"""What cyclopts cannot parse, as the command line's own errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from domain.errors import InvalidArgument, K3cError
from entrypoints.cli.usage import UsageError

_GUESS = re.compile(r'Did you mean "?(?P<guess>[^"?]+)"?\?')


def parse_error(error: CycloptsError) -> K3cError:
    """The error to show; one of a kind that is not in the table keeps cyclopts' words."""
    for kind, make in _KINDS.items():
        if isinstance(error, kind):
            return make(error)
    return _reported(error)


def _reported(error: CycloptsError) -> UsageError:
    return UsageError("reported", detail=" ".join(str(error).split()))


def _guess(error: CycloptsError) -> str:
    """The command or flag that cyclopts takes for the nearest, "" if none is near."""
    found = _GUESS.search(str(error))
    return found["guess"] if found else ""


def _unknown_option(error: UnknownOptionError) -> UsageError:
    return UsageError("unknown-flag", error.token.keyword or error.token.value, _guess(error))


def _unknown_command(error: UnknownCommandError) -> UsageError:
    return UsageError("unknown-command", (error.unused_tokens or [""])[0], _guess(error))


def _missing(error: MissingArgumentError) -> UsageError:
    if error.keyword:
        return UsageError("flag-without-value", error.keyword)
    return UsageError("missing-argument", _positional(error))


def _unused(error: UnusedCliTokensError) -> UsageError:
    return UsageError("unexpected-argument", (error.unused_tokens or [""])[0])


def _unconverted(error: CoercionError) -> K3cError:
    if error.token is None or error.msg is not None:
        return _reported(error)
    what, value = error.token.keyword or _positional(error), error.token.value
    if get_origin(error.target_type) is Literal:
        return InvalidArgument(
            what, value, "not-one-of", ", ".join(filter(None, get_args(error.target_type)))
        )
    if error.target_type is bool:
        return InvalidArgument(what, value, "not-a-boolean")
    return InvalidArgument(what, value, "integer-form") if error.target_type is int else _reported(error)


def _positional(error: CycloptsError) -> str:
    return error.argument.name.lstrip("-").upper() if error.argument else ""


_KINDS: dict[type[CycloptsError], Callable[[Any], K3cError]] = {
    CoercionError: _unconverted,
    MissingArgumentError: _missing,
    UnknownCommandError: _unknown_command,
    UnknownOptionError: _unknown_option,
    UnusedCliTokensError: _unused,
}
