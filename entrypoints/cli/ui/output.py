"""Lines on stdout and stderr, and how a command ends: its exit code, errors as lines, signals quietly."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

from domain.errors import K3cError
from entrypoints.cli.context import current
from entrypoints.cli.messages import FAILED, INTERRUPTED, NOBODY_READS, sentence


def guard(command: Callable[[], int], code: Callable[[K3cError], int] = lambda _: FAILED) -> int:
    """Run a command that may raise domain errors and return its exit code; an error becomes a line on stderr."""
    gc.enable()
    try:
        return command()
    except K3cError as error:
        fail(error)
        return code(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: keep the exit quiet
        return NOBODY_READS
    except KeyboardInterrupt:
        return INTERRUPTED


def fail(error: K3cError) -> None:
    """Print on stderr what went wrong; with --debug also where."""
    show_origin(error)
    print_notice(f"k3c: {sentence(error)}")


def show_origin(error: Exception) -> None:
    """Print where an error came from, if --debug asks for it."""
    if current.get().debug:
        import traceback

        traceback.print_exception(error)


def print_notice(line: str) -> None:
    """Print a line for the person at the terminal, on stderr: stdout is for results."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def print_result(line: str) -> None:
    """Print a line of the command's result, on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
