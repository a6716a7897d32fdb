"""The options that stand before the verb."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from entrypoints.cli.context import DEFAULT_ADDRESS, ENVIRONMENT_ADDRESS, Globals, chosen


def read_globals(
    *,
    address: Annotated[
        str,
        Parameter(
            name=["--address", "-H"],
            help=f"Socket of the daemon (default {DEFAULT_ADDRESS}) [${ENVIRONMENT_ADDRESS}]",
        ),
    ] = "",
    debug: Annotated[bool, Parameter(name="--debug", help="Show where an error came from")] = False,
) -> Globals:
    """Read the options that stand before the verb."""
    return chosen(address, debug=debug)
