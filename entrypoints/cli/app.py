"""The `k3c` command: its verbs, each in a module that is loaded only when it is called.

What a call does not need is not loaded: here, imports stand where they are needed.
"""

from __future__ import annotations

import errno
import gc
import os
import sys

TYPE_CHECKING = False  # as typing has it, which takes longer to load than `k3c --version`
if TYPE_CHECKING:
    from domain.errors import K3cError
    from entrypoints.cli.verbs import Verb

_RUN = ("run",)  # its exit codes are those of the command, so its own are out of the way
_WITH_COMMAND = {("run",), ("create",), ("exec",), ("top",)}
_WITH_HOSTNAME = {("run",), ("create",)}
_GROUPED = ("container", "image", "system")
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_LOADED_LATER = (  # by what a verb does, not by its module
    "base64",
    "difflib",
    "json",
    "rich.console",  # by cyclopts, for the words of an error
    "urllib.parse",
    "yaml",
    "entrypoints.api.errors",
    "entrypoints.cli.arguments",
    "entrypoints.cli.grouped",
    "entrypoints.cli.messages",
    "entrypoints.cli.parse_errors",
    "entrypoints.cli.ui.templates",
    "entrypoints.cli.verb_page",
    "entrypoints.version",
)


def split_globals(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Split a command line into what stands before the verb, and the verb with all behind it."""
    position = 0
    while position < len(tokens) and tokens[position].startswith("-"):
        position += 2 if tokens[position] in {"-H", "--address"} else 1
    return tokens[:position], tokens[position:]


def dispatch(tokens: list[str]) -> int:
    """Parse and run one command line; returns its exit code."""
    before, rest = split_globals(tokens)
    if set(before) & {"-h", "--help"} or not tokens:
        return _help([])
    if set(before) & {"-v", "--version"}:
        from entrypoints.version import VERSION

        print(f"k3c version {VERSION}")  # noqa: T201 - the answer
        return 0
    return _dispatch_verb(before, rest)


def _dispatch_verb(before: list[str], rest: list[str]) -> int:
    from domain.errors import K3cError
    from entrypoints.cli.messages import FAILED, RUN_FAILED, USAGE, sentence
    from entrypoints.cli.usage import NotParsed, UsageError
    from entrypoints.cli.verbs import UnknownVerb, find

    path: tuple[str, ...] = ()
    try:
        _read_globals(before)
        if rest and rest[0] in _GROUPED:
            from entrypoints.cli.grouped import ungrouped

            rest = ungrouped(rest)
        found = find(rest)
        if found is None:
            _help([])
            return USAGE
        path, verb = found
        return _run(path, verb, rest[len(path) :])
    except UnknownVerb as error:
        return _wrong_usage(UsageError("unknown-command", error.word, error.meant), ())
    except NotParsed as error:
        return _wrong_usage(error.why, path)
    except K3cError as error:
        sys.stderr.write(f"k3c: {sentence(error)}\n")
        return RUN_FAILED if path == _RUN else FAILED


def _read_globals(before: list[str]) -> None:
    from entrypoints.cli.context import chosen, current

    if not before:
        current.set(chosen())
        return
    from entrypoints.cli.options.before import read_globals
    from entrypoints.cli.parsing import call_with

    current.set(call_with(read_globals, before))


def _run(path: tuple[str, ...], verb: Verb, arguments: list[str]) -> int:
    """Run a verb, or show its help. Raises NotParsed."""
    from entrypoints.cli.usage import NotParsed, UsageError

    if path in _WITH_COMMAND:
        from entrypoints.cli.arguments import end_options_at_first_positional, options_with_values

        arguments = end_options_at_first_positional(options_with_values(verb.function()), arguments)
    if _asks_for_help(path, arguments):
        return _help(list(path))
    if not verb.target:
        raise NotParsed(UsageError("unknown-flag", arguments[0]))
    from entrypoints.cli.parsing import call_with

    return call_with(verb.function(), arguments) or 0


def _asks_for_help(path: tuple[str, ...], arguments: list[str]) -> bool:
    """Whether an option is for help. As docker: -h is the hostname where there is one."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    flags = {"--help"} if path in _WITH_HOSTNAME else {"-h", "--help"}
    return bool(flags.intersection(options)) or (path == ("volume",) and not arguments)


def _help(words: list[str]) -> int:
    from entrypoints.cli.help import show_help

    show_help(words)
    return 0


def _wrong_usage(error: K3cError, path: tuple[str, ...]) -> int:
    """Print what is wrong, with the way to the help; returns the exit code."""
    from entrypoints.cli.messages import RUN_FAILED, USAGE, sentence

    help_command = " ".join(("k3c", "help", *path))
    sys.stderr.write(f"k3c: {sentence(error)} (see `{help_command}`)\n")
    return RUN_FAILED if path == _RUN else USAGE


def preload() -> None:
    """Load whatever a verb may need, and read what may be typed: for a process that lives long, before it forks."""
    from importlib import import_module

    from entrypoints.cli.options.before import read_globals
    from entrypoints.cli.parsing import arguments_of
    from entrypoints.cli.verbs import verbs

    for function in (read_globals, *(verb.function() for _, verb in verbs())):
        arguments_of(function)
    for module in _LOADED_LATER:
        import_module(module)


def main() -> None:
    """The console script."""
    gc.disable()  # what is loaded stays; `guard` enables it
    try:
        _open_closed()
        _take_interrupts()
        code = dispatch(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        from entrypoints.cli.messages import NOBODY_READS

        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = NOBODY_READS
    except KeyboardInterrupt:
        from entrypoints.cli.messages import INTERRUPTED

        code = INTERRUPTED
    except UnicodeEncodeError as error:
        code = _not_utf_8(error.object)
    except OSError as error:
        code = _not_written(error) if _is_unwritable(error) else _of_file(error)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw is told like all else
        code = _unforeseen(error)
    gc.freeze()  # Python would look through it all once more at its end, a fifth of a short call
    sys.exit(code)


def _open_closed() -> None:
    """Where this process was started without stdin, stdout or stderr: nothing to read, and nobody who reads."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - as long as the process


def _take_interrupts() -> None:
    """Let in the Ctrl-C that the launcher had wait while Python started."""
    if "k3c_deferred" in sys._xoptions:  # noqa: SLF001 - documented, and the only way to read them
        import signal

        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _not_utf_8(text: str) -> int:
    from entrypoints.cli.usage import UsageError

    return _wrong_usage(UsageError("not-utf-8", os.fsencode(text).decode(errors="backslashreplace")), ())


def _of_file(error: OSError) -> int:
    """Say which file of this machine cannot be read or written; returns the exit code."""
    from domain.errors import Conflict

    if error.filename is None or isinstance(error.filename, int):
        return _unforeseen(error)
    return _told(error, Conflict("path", os.fsdecode(error.filename), "reported", error.strerror or ""))


def _unforeseen(error: Exception) -> int:
    """Say what happened, and how it is reported; returns the exit code."""
    from entrypoints.cli.usage import UsageError

    text = " ".join(f"{type(error).__name__}: {error}".split())
    return _told(error, UsageError("unforeseen", text))


def _told(error: Exception, as_: K3cError) -> int:
    """Print one line, with --debug where it comes from before; returns the exit code."""
    from entrypoints.cli.messages import FAILED, RUN_FAILED, sentence
    from entrypoints.cli.ui.output import show_origin

    show_origin(error)
    sys.stderr.write(f"k3c: {sentence(as_)}\n")
    return RUN_FAILED if tuple(split_globals(sys.argv[1:])[1][:1]) == _RUN else FAILED


def _is_unwritable(error: OSError) -> bool:
    """Whether it is the output that could not be written."""
    return error.errno in _UNWRITABLE and error.filename is None


def _not_written(error: OSError) -> int:
    """Say why the output could not be written, where that can be said; returns the exit code.

    What waits to be written is dropped.
    """
    from entrypoints.cli.messages import FAILED, sentence
    from entrypoints.cli.usage import UsageError

    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        sys.stderr.write(f"k3c: {sentence(UsageError('not-written', '', error.strerror or ''))}\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(null, 2)
    return FAILED
