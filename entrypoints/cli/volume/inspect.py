"""`k3c volume inspect`."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter

from domain.errors import NotFound
from entrypoints.cli.connection.unary import Client, call
from entrypoints.cli.messages import FAILED
from entrypoints.cli.ui.listing import Format, as_yaml, check
from entrypoints.cli.ui.output import fail, print_result
from entrypoints.cli.ui.rows import volume_shape
from entrypoints.cli.ui.templates import compiled
from entrypoints.cli.usage import UsageError
from entrypoints.cli.volume.create import Volume
from entrypoints.cli.volume.ls import filtered_volumes


def inspect(
    *names: Annotated[Volume, Parameter(metavar="VOLUME")],
    format_: Annotated[Format, Parameter(name=["--format", "-f"])] = "",
) -> int:
    """Show details of volumes.

    The containers that use a volume are shown with it.
    """
    if not names:
        raise UsageError("no-argument")
    check(format_)

    def inspecting(client: Client) -> int:
        known = {volume.name: volume for volume in filtered_volumes(client, [])}
        found = [volume_shape(known[name]) for name in names if name in known]
        for name in names:
            if name not in known:
                fail(NotFound("volume", name))
        if format_ in {"", "json", "table"}:
            print_result(json.dumps(found, indent=4, ensure_ascii=False))
        elif format_ == "yaml":
            print_result(as_yaml(found).rstrip("\n"))
        else:
            for shape in found:
                print_result(compiled(format_)(shape))
        return 0 if len(found) == len(names) else FAILED

    return call(inspecting)
