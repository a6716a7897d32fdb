"""`k3c help`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.cli.help import show_help


def help_(*command: Annotated[str, Parameter(help="Command to show the help of")]) -> int:
    """Show the help of a command.

    Without a command, list them all.
    """
    show_help(list(command))
    return 0
