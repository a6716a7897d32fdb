"""The options that stand before the verb."""

from __future__ import annotations

import os
from typing import Annotated

from cyclopts import Parameter

from entrypoints.cli.context import DEFAULT_ADDRESS, Globals
from entrypoints.cli.options.groups import OTHER

PLAIN = Parameter(negative="", negative_iterable="", negative_none="", show_default=False, group=OTHER)
_ENVIRONMENT_ADDRESS = "K3C_ADDRESS"


def read_globals(
    *,
    address: Annotated[
        str,
        Parameter(
            name=["--address", "-H"],
            help=f"Socket of the daemon (default {DEFAULT_ADDRESS}) [${_ENVIRONMENT_ADDRESS}]",
        ),
    ] = "",
    debug: Annotated[bool, Parameter(name="--debug", help="Show where an error came from")] = False,
) -> Globals:
    """Read the options that stand before the verb."""
    chosen = address or os.environ.get(_ENVIRONMENT_ADDRESS) or DEFAULT_ADDRESS
    return Globals(address=chosen, debug=debug)
