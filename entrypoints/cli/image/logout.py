"""`k3c logout`."""

from __future__ import annotations

import asyncio
from typing import Annotated

from cyclopts import Parameter

from entrypoints.cli.connection.credentials import forget, registry_of
from entrypoints.cli.ui.output import guard, print_result


def logout(
    server: Annotated[str, Parameter(help="Registry to log out from (default docker.io)")] = "", /
) -> int:
    """Log out from a registry.

    Its credentials are removed from docker's config.json, or from the credential helper that is named there.
    """
    registry = registry_of(server)

    def logging_out() -> int:
        print_result(
            f"Removing login credentials for {registry if server else 'https://index.docker.io/v1/'}"
        )
        asyncio.run(forget(registry))
        return 0

    return guard(logging_out)
