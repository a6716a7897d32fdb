"""The `k3c` command: its verbs, each in a module that is loaded only when it is called."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

from cyclopts import App, CycloptsError

from domain.errors import K3cError
from entrypoints.cli.arguments import end_options_at_first_positional, options_with_values
from entrypoints.cli.context import current
from entrypoints.cli.help import show_help
from entrypoints.cli.messages import FAILED, RUN_FAILED, USAGE, sentence
from entrypoints.cli.options.before import PLAIN, read_globals
from entrypoints.cli.usage import UsageError
from entrypoints.cli.verbs import UnknownVerb, find, verbs

_RUNNERS = {("run",), ("create",), ("exec",), ("attach",)}
_WITH_COMMAND = {("run",), ("create",), ("exec",), ("top",)}
_WITH_HOSTNAME = {("run",), ("create",)}
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def _version() -> str:
    from entrypoints.version import VERSION

    return f"k3c version {VERSION}"


def build_app() -> App:
    """The tree of commands. Help is not cyclopts' own: `entrypoints.cli.help` shows it."""
    app = App(
        name="k3c",
        version=_version,
        version_flags=["--version", "-v"],
        help_flags=[],
        default_parameter=PLAIN,
    )
    volume = App(name="volume", help_flags=[])
    app.command(volume)
    for (*above, name), verb in verbs():
        (volume if above else app).command(verb.target, name=name)
    return app


def split_globals(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Split a command line into what stands before the verb, and the verb with all behind it."""
    position = 0
    while position < len(tokens) and tokens[position].startswith("-"):
        position += 2 if tokens[position] in {"-H", "--address"} else 1
    return tokens[:position], tokens[position:]


def dispatch(tokens: list[str]) -> int:
    """Parse and run one command line; returns its exit code."""
    before, rest = split_globals(tokens)
    path: tuple[str, ...] = ()
    try:
        if set(before) & {"-h", "--help"} or not tokens:
            show_help([])
            return 0
        if set(before) & {"-v", "--version"}:
            print(_version())  # noqa: T201 - the answer
            return 0
        current.set(_call(App(default_command=read_globals, default_parameter=PLAIN), before))
        found = find(rest)
        if found is None:
            show_help([])
            return USAGE
        path, _ = found
        return _run(path, rest[len(path) :])
    except UnknownVerb as error:
        return _wrong_usage(UsageError("unknown-command", error.word, error.meant), ())
    except CycloptsError as error:
        from entrypoints.cli.parse_errors import parse_error

        return _wrong_usage(parse_error(error), path)
    except K3cError as error:
        sys.stderr.write(f"k3c: {sentence(error)}\n")
        return RUN_FAILED if path in _RUNNERS else FAILED


def _run(path: tuple[str, ...], arguments: list[str]) -> int:
    """Run a verb, or show its help."""
    app = build_app()
    if path in _WITH_COMMAND:
        arguments = end_options_at_first_positional(options_with_values(app[path[0]]), arguments)
    if _asks_for_help(path, arguments):
        show_help(list(path))
        return 0
    return _call(app, [*path, *arguments]) or 0


def _asks_for_help(path: tuple[str, ...], arguments: list[str]) -> bool:
    """Whether an option is for help. As docker: -h is the hostname where there is one."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    flags = {"--help"} if path in _WITH_HOSTNAME else {"-h", "--help"}
    return bool(flags.intersection(options)) or (path == ("volume",) and not arguments)


def _call(app: App, tokens: list[str]) -> Any:
    return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def _wrong_usage(error: K3cError, path: tuple[str, ...]) -> int:
    """Print what is wrong, with the way to the help; returns the exit code."""
    help_command = " ".join(("k3c", "help", *path))
    sys.stderr.write(f"k3c: {sentence(error)} (see `{help_command}`)\n")
    return RUN_FAILED if path in _RUNNERS else USAGE


def main() -> None:
    """The console script."""
    try:
        code = dispatch(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 128 + 13
    except KeyboardInterrupt:
        code = 130
    except UnicodeEncodeError as error:
        code = _wrong_usage(UsageError("not-utf-8", _shown(error.object)), ())
    except OSError as error:
        code = _not_written(error)
    sys.exit(code)


def _shown(text: str) -> str:
    """A text with what is no UTF-8 in it written as escapes."""
    return os.fsencode(text).decode(errors="backslashreplace")


def _not_written(error: OSError) -> int:
    """Say why the output could not be written, where that can be said; returns the exit code.

    What waits to be written is dropped. Raises other errors.
    """
    if error.errno not in _UNWRITABLE or error.filename is not None:
        raise error
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        sys.stderr.write(f"k3c: {sentence(UsageError('not-written', '', error.strerror or ''))}\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(null, 2)
    return FAILED
